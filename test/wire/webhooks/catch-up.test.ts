import { Authsignal, VerificationMethod } from "@authsignal/node";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWebhookWorld, userNamed, type WebhookWorld } from "../../support/webhooks.ts";

const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [
    { id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] },
    { id: "added", on: ["authenticator.created"], do: ["alert"] },
  ],
};
const WAIT = { timeout: 20_000, interval: 50 };
/** Nobody listens: as good as a Worker that is away for longer than Authsignal tries. */
const NOWHERE = "http://127.0.0.1:9/";

let hooks: WebhookWorld;
let sdk: Authsignal;
beforeAll(async () => {
  hooks = await startWebhookWorld({ policy: POLICY, world: { webhookRetryDelayMs: 1 } });
  const { authsignal, authsignalSecret } = hooks.world;
  sdk = new Authsignal({ apiSecretKey: authsignalSecret, apiUrl: `${authsignal.url}/v1` });
});
afterAll(() => hooks.close());

/** Asks for a run; gives what it did. */
async function run(credential = hooks.world.adminKey, method = "POST") {
  const response = await fetch(new URL("/admin/catch-up", hooks.world.webhooksUrl), {
    method,
    headers: { authorization: `Bearer ${credential}` },
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

describe("an outage of the webhook Worker", () => {
  it("loses no deletion: the next run that gets an answer revokes by the policy, once", async () => {
    const { authsignal } = hooks.world;
    const userId = userNamed("bob").sub;
    const [first] = await sdk.getAuthenticators({ userId });
    const userAuthenticatorId = first?.userAuthenticatorId ?? "";
    const { AccessToken } = await hooks.signIn("bob");
    expect((await hooks.visit(AccessToken)).status).toBe(200);
    await vi.waitFor(
      async () => expect((await run()).body).toEqual({ users: 1, differences: 0, failed: 0 }),
      WAIT,
    );

    authsignal.setWebhookUrl(NOWHERE);
    await sdk.deleteAuthenticator({ userId, userAuthenticatorId });
    const deliveries = async () => {
      const response = await fetch(`${authsignal.url}/control/deliveries`);
      return JSON.stringify(await response.json());
    };
    await vi.waitFor(async () => expect(await deliveries()).toContain("authenticator.deleted"), WAIT);
    authsignal.setWebhookUrl(hooks.world.webhooksUrl);

    authsignal.setFault({ endpoint: "authenticators", kind: "html", status: 200 });
    expect((await run()).body).toEqual({ users: 1, differences: 0, failed: 1 });
    authsignal.setFault({ endpoint: "authenticators", kind: "status", status: 503 });
    expect((await run()).body).toMatchObject({ differences: 0, stopped: "authsignal_unavailable" });
    authsignal.setFault(undefined);
    expect((await hooks.visit(AccessToken)).status).toBe(200);

    expect((await run()).body).toEqual({ users: 1, differences: 1, failed: 0 });
    expect(await hooks.visit(AccessToken)).toEqual({ status: 401, code: "session_revoked" });
    await vi.waitFor(() => expect(hooks.alertsOf("removed", "bob")).toHaveLength(1), WAIT);

    // Whoever signs in after it stays: neither a further run nor the webhook that comes late after all does it again.
    const fresh = await vi.waitFor(async () => {
      const again = await hooks.signIn("bob");
      expect((await hooks.visit(again.AccessToken)).status).toBe(200);
      return again.AccessToken;
    }, WAIT);
    expect((await run()).body).toMatchObject({ differences: 0 });
    const late = hooks.eventOf("bob");
    const data = { ...Object(late["data"]), userAuthenticatorId } as object;
    expect((await hooks.deliver({ ...late, data })).status).toBe(200);
    await hooks.deliver(hooks.eventOf("alice"));
    await vi.waitFor(() => expect(hooks.alertsOf("removed", "alice")).toHaveLength(1), WAIT);
    expect((await hooks.visit(fresh)).status).toBe(200);
    expect(hooks.alertsOf("removed", "bob")).toHaveLength(1);
  });
});

describe("the clock", () => {
  it("runs the job as deployed, and a new authenticator that nobody told of is told", async () => {
    const { authsignal } = hooks.world;
    const { AccessToken } = await hooks.signIn("newt");
    expect((await hooks.visit(AccessToken)).status).toBe(200);
    const runs = () => hooks.log.filter((line) => line.includes('"caught_up"')).length;
    await vi.waitFor(async () => expect((await run()).body).toMatchObject({ users: 2 }), WAIT);

    authsignal.setWebhookUrl(NOWHERE);
    await sdk.enrollVerifiedAuthenticator({
      userId: userNamed("newt").sub,
      attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email: "newt@example.com" },
    });
    authsignal.setWebhookUrl(hooks.world.webhooksUrl);
    const before = runs();
    await hooks.world.runScheduled();
    await vi.waitFor(() => expect(runs()).toBe(before + 1), WAIT);
    await vi.waitFor(() => expect(hooks.alertsOf("added", "newt")).toHaveLength(1), WAIT);
    expect((await hooks.visit(AccessToken)).status).toBe(200);
  });

  it("is set in what is deployed", async () => {
    const deployed = await readFile("workers/webhooks/wrangler.toml", "utf8");
    expect(deployed).toContain('[triggers]\ncrons = ["*/5 * * * *"]');
  });
});

describe("a run by hand", () => {
  it("is for administrators, by POST", async () => {
    expect((await run("wrong".repeat(8))).status).toBe(401);
    expect((await run(undefined, "GET")).status).toBe(405);
  });
});
