import { Authsignal } from "@authsignal/node";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startWebhookWorld, userNamed, type WebhookWorld } from "../../support/webhooks.ts";

const ON = ["action.log_created"];
const outcomeIs = (outcome: string, action: string) => ({
  and: [{ "==": [{ var: "outcome" }, outcome] }, { "==": [{ var: "action" }, action] }],
});
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [
    { id: "blocked", on: ON, where: outcomeIs("BLOCK", "payout"), do: ["revoke-user", "alert"] },
    {
      id: "blocked-often",
      on: ON,
      where: outcomeIs("BLOCK", "probe"),
      threshold: { count: 3, within: "1h" },
      do: ["alert"],
    },
    { id: "review-failed", on: ON, where: { "==": [{ var: "state" }, "REVIEW_FAILED"] }, do: ["alert"] },
  ],
};
const WAIT = { timeout: 20_000, interval: 50 };
/** Log records go out when they are told to. */
const MANUAL_MS = 3_600_000;

let hooks: WebhookWorld;
let sdk: Authsignal;
/** What stands before the webhook Worker, and can be away. */
let entrance: Server;
let isAway = false;
beforeAll(async () => {
  hooks = await startWebhookWorld({ policy: POLICY });
  const { authsignal, authsignalSecret } = hooks.world;
  sdk = new Authsignal({ apiSecretKey: authsignalSecret, apiUrl: `${authsignal.url}/v1` });
  entrance = createServer((request, response) => {
    if (isAway) {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void passOn(request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => entrance.listen(0, "127.0.0.1", resolve));
  const { port } = entrance.address() as AddressInfo; // a TCP server's address
  await steer("PATCH", "webhooks", { logUrl: `http://127.0.0.1:${port}/`, logDelayMs: MANUAL_MS });
  await steer("PUT", "actions/payout", { defaultOutcome: "BLOCK" });
  await steer("PUT", "actions/probe", { defaultOutcome: "BLOCK" });
  await steer("PUT", "actions/large", { defaultOutcome: "REVIEW" });
});
beforeEach(() => {
  isAway = false;
});
afterAll(async () => {
  await hooks.close();
  entrance.close();
});

async function passOn(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const headers = Object.entries(request.headers)
    .filter(([name]) => name === "content-type" || name === "x-signature-v2")
    .map(([name, value]): [string, string] => [name, String(value)]);
  const answer = await fetch(hooks.world.webhooksUrl, { method: "POST", headers, body: body.toString() });
  response.writeHead(answer.status).end(await answer.text());
}

async function steer(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${hooks.world.authsignal.url}/control/${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}
/** Authsignal sends the log records that wait; whether the Worker took them. */
const flush = () => steer("POST", "webhooks/flush");

/** Asks for a run; gives what it did. */
async function run(): Promise<unknown> {
  const response = await fetch(new URL("/admin/catch-up", hooks.world.webhooksUrl), {
    method: "POST",
    headers: { authorization: `Bearer ${hooks.world.adminKey}` },
  });
  return response.json();
}

const track = (username: string, action: string) => sdk.track({ userId: userNamed(username).sub, action });

/** Signs in; a run finds the user a moment later. */
async function active(username: string): Promise<string> {
  const { AccessToken } = await hooks.signIn(username);
  expect((await hooks.visit(AccessToken)).status).toBe(200);
  return AccessToken;
}

/** What was in the queue before is done when this is. */
async function settled(username: string): Promise<void> {
  const before = hooks.alertsOf("review-failed", username).length;
  const record = { idempotencyKey: crypto.randomUUID(), state: "REVIEW_FAILED" };
  await hooks.deliver({ records: [hooks.recordOf(username, "action.log_created", record)] });
  await vi.waitFor(() => expect(hooks.alertsOf("review-failed", username)).toHaveLength(before + 1), WAIT);
}

describe("an outage of the webhook Worker", () => {
  it("loses no action: the next run reacts to it, and what comes late after all does nothing twice", async () => {
    const token = await active("bob");
    isAway = true;
    expect(await track("bob", "payout")).toMatchObject({ state: "BLOCK" });
    expect(await flush()).toEqual({ accepted: false });

    hooks.world.authsignal.setFault({ endpoint: "actions", kind: "html", status: 200 });
    const failed = { users: 1, differences: 0, failed: 1 };
    await vi.waitFor(async () => expect(await run()).toEqual(failed), WAIT);
    hooks.world.authsignal.setFault({ endpoint: "actions", kind: "status", status: 503 });
    expect(await run()).toMatchObject({ differences: 0, stopped: "authsignal_unavailable" });
    hooks.world.authsignal.setFault(undefined);
    expect((await hooks.visit(token)).status).toBe(200);

    expect(await run()).toEqual({ users: 1, differences: 1, failed: 0 });
    expect(await hooks.visit(token)).toEqual({ status: 401, code: "session_revoked" });
    await vi.waitFor(() => expect(hooks.alertsOf("blocked", "bob")).toHaveLength(1), WAIT);

    const fresh = await vi.waitFor(async () => {
      const { AccessToken } = await hooks.signIn("bob");
      expect((await hooks.visit(AccessToken)).status).toBe(200);
      return AccessToken;
    }, WAIT);
    await vi.waitFor(async () => expect(await run()).toMatchObject({ differences: 0 }), WAIT);
    isAway = false;
    expect(await flush()).toEqual({ accepted: true });
    await settled("bob");
    expect(hooks.alertsOf("blocked", "bob")).toHaveLength(1);
    expect((await hooks.visit(fresh)).status).toBe(200);
  });

  it("counts an action once towards a threshold, however it is told", async () => {
    await active("alice");
    isAway = true;
    await track("alice", "probe");
    await track("alice", "probe");
    await vi.waitFor(async () => expect(await run()).toMatchObject({ users: 2, differences: 2 }), WAIT);
    isAway = false;
    expect(await flush()).toEqual({ accepted: true });
    await settled("alice");
    await vi.waitFor(async () => expect(await run()).toMatchObject({ differences: 0 }), WAIT);
    expect(hooks.alertsOf("blocked-often", "alice")).toHaveLength(0);

    await track("alice", "probe");
    expect(await flush()).toEqual({ accepted: true });
    await vi.waitFor(() => expect(hooks.alertsOf("blocked-often", "alice")).toHaveLength(1), WAIT);
    await run();
    await settled("alice");
    expect(hooks.alertsOf("blocked-often", "alice")).toHaveLength(1);
  });
});

describe("an action whose log record came", () => {
  it("is no difference, and is one again when it comes into another state", async () => {
    await active("mallory");
    const { idempotencyKey } = await track("mallory", "large");
    expect(await flush()).toEqual({ accepted: true });
    await vi.waitFor(async () => expect(await run()).toEqual({ users: 3, differences: 0, failed: 0 }), WAIT);
    await sdk.updateAction({
      userId: userNamed("mallory").sub,
      action: "large",
      idempotencyKey,
      attributes: { state: "REVIEW_FAILED" as never },
    });
    // No log record tells this: the list alone does.
    expect(await flush()).toEqual({ accepted: true });
    expect(await run()).toMatchObject({ differences: 1 });
    await vi.waitFor(() => expect(hooks.alertsOf("review-failed", "mallory")).toHaveLength(1), WAIT);
    await vi.waitFor(async () => expect(await run()).toMatchObject({ differences: 0 }), WAIT);
  });
});
