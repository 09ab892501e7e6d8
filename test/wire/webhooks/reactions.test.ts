import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWebhookWorld, type WebhookWorld } from "../../support/webhooks.ts";

const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [
    {
      id: "blocked-often",
      on: ["action.log_created"],
      where: { and: [{ "==": [{ var: "outcome" }, "BLOCK"] }, { "==": [{ var: "action" }, "transfer"] }] },
      threshold: { count: 3, within: "10m" },
      do: ["revoke-user", "alert"],
    },
    { id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "sign-out-cognito", "alert"] },
    { id: "taken-over", on: ["account.taken_over"], do: ["disable-user", "alert"] },
  ],
};
const WAIT = { timeout: 20_000, interval: 20 };

let hooks: WebhookWorld;
beforeAll(async () => {
  hooks = await startWebhookWorld({ policy: POLICY });
});
afterAll(() => hooks.close());

describe("a reaction with a condition and a threshold", () => {
  it("fires at the count within the time, whatever the order and however often each comes", async () => {
    const { AccessToken } = await hooks.signIn("mallory");
    const blocked = (key: string, agoMs: number) =>
      hooks.recordOf(
        "mallory",
        "action.log_created",
        { idempotencyKey: key, outcome: "BLOCK", state: "BLOCK" },
        Date.now() - agoMs,
      );
    const [first, second, third] = [blocked("one", 3_000), blocked("two", 2_000), blocked("three", 0)];
    const allowed = hooks.recordOf("mallory", "action.log_created", {
      idempotencyKey: "four",
      outcome: "ALLOW",
    });
    for (const records of [[second, second, allowed], [second], [first]]) {
      expect((await hooks.deliver({ records })).status).toBe(200);
    }
    expect((await hooks.visit(AccessToken)).status).toBe(200);
    expect(hooks.alertsOf("blocked-often", "mallory")).toEqual([]);

    expect((await hooks.deliver({ records: [third] })).status).toBe(200);
    expect(await hooks.visit(AccessToken)).toEqual({ status: 401, code: "session_revoked" });
    await vi.waitFor(() => expect(hooks.alertsOf("blocked-often", "mallory")).toHaveLength(1), WAIT);
  });
});

describe("a reaction that reaches Cognito", () => {
  it("signs the user out there after the local revocation, and waits in the queue while it is throttled", async () => {
    const { AccessToken, RefreshToken } = await hooks.signIn("bob");
    const refresh = () => hooks.cognito("GetTokensFromRefreshToken", { RefreshToken });
    expect((await refresh()).status).toBe(200);
    hooks.world.cognito.setFault({ endpoint: "api:AdminUserGlobalSignOut", kind: "rateLimit", times: 1 });
    const event = hooks.eventOf("bob");
    expect((await hooks.deliver(event)).status).toBe(200);
    expect(await hooks.visit(AccessToken)).toEqual({ status: 401, code: "session_revoked" });
    await vi.waitFor(async () => expect((await refresh()).status).toBe(400), WAIT);
    const entries = hooks.log.filter((line) => line.includes(event.id));
    expect(entries.some((line) => line.includes("TooManyRequestsException"))).toBe(true);
    // The alert did not wait for Cognito, and does not come again with what does.
    await vi.waitFor(() => expect(hooks.alertsOf("removed", "bob")).toHaveLength(1), WAIT);

    const again = await hooks.signIn("bob");
    expect((await hooks.deliver(event)).status).toBe(200);
    expect((await hooks.deliver(hooks.eventOf("newt"))).status).toBe(200);
    await vi.waitFor(() => expect(hooks.alertsOf("removed", "newt")).toHaveLength(1), WAIT);
    expect(
      (await hooks.cognito("GetTokensFromRefreshToken", { RefreshToken: again.RefreshToken })).status,
    ).toBe(200);
  });

  it("disables an account", async () => {
    await hooks.deliver(hooks.eventOf("newt", { type: "account.taken_over" }));
    await vi.waitFor(async () => expect(await hooks.signIn("newt")).toBeUndefined(), WAIT);
  });
});
