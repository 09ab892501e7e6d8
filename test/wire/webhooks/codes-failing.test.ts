import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWebhookWorld, userNamed, type WebhookWorld } from "../../support/webhooks.ts";

/** Authsignal checks ten codes of a user in ten minutes; those after them, right or wrong, are too many. */
const CHECKED = 10;
/** What the shipped reaction `codes-failing` counts to. */
const TOO_MANY = 3;
/** Log records come five seconds late in the local world. */
const WAIT = { timeout: 25_000, interval: 50 };

let hooks: WebhookWorld;
beforeAll(async () => {
  // The policy that ships, and Authsignal's stand-in as `npm start` sets it up.
  hooks = await startWebhookWorld({});
});
afterAll(() => hooks.close());

const challenge = async (token: string): Promise<{ readonly id: string; readonly token: string }> => {
  const response = await fetch(new URL("/transfer", hooks.world.gatewayUrl), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ amount: 1500, payee: "Marina" }),
  });
  expect(response.status).toBe(401);
  // The problem document of a challenge.
  return ((await response.json()) as { challenge: { id: string; token: string } }).challenge;
};

/** The client API, as Authsignal's browser SDK calls it. */
const client = async (path: string, token: string, body: object) => {
  const response = await fetch(`${hooks.world.authsignal.url}/v1/client/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
};

describe("codes that fail", () => {
  it("raise one alert by the policy that ships, and lock the victim out of nothing", async () => {
    const before = await hooks.signIn("alice");
    const { token } = await challenge(before.AccessToken);
    await client("challenge/email-otp", token, {});
    for (let index = 0; index < CHECKED + TOO_MANY; index += 1) {
      const { isVerified } = await client("verify/email-otp", token, { verificationCode: "not-it" });
      expect(isVerified).toBe(false);
    }
    await vi.waitFor(() => expect(hooks.alertsOf("codes-failing", "alice")).toHaveLength(1), WAIT);
    expect(hooks.alertsOf("codes-failing", "alice")[0]?.body).toMatchObject({
      type: "challenge.log_created",
      sub: userNamed("alice").sub,
    });

    // The session goes on, its tokens are renewed, others can be begun, and the next challenge opens.
    expect((await hooks.visit(before.AccessToken)).status).toBe(200);
    const { status } = await hooks.cognito("GetTokensFromRefreshToken", {
      RefreshToken: before.RefreshToken,
    });
    expect(status).toBe(200);
    const after = await hooks.signIn("alice");
    expect((await hooks.visit(after.AccessToken)).status).toBe(200);
    expect((await challenge(after.AccessToken)).id).toMatch(/^[0-9a-f-]{36}$/);
    expect(hooks.log.filter((line) => line.includes('"event":"revoked"'))).toEqual([]);
  });
});
