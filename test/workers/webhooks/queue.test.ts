import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import type { DeadLetterOffice } from "../../../src/events/dead-letters.ts";
import { DEAD_LETTER_QUEUE } from "../../../workers/webhooks/bury.ts";
import type { WebhooksEnv } from "../../../workers/webhooks/env.ts";
import { wireEvent } from "../../unit/events/fixtures.ts";
import { inOffice } from "../events/in-office.ts";

const EVENTS_QUEUE = "sallyport-events";
const ADMIN_KEY = "admin-0123456789abcdef0123456789abcdef";
const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [],
});
const UNREADABLE = { kind: "of another version", sub: "alice-0001" };

/** The webhook Worker as a cold isolate has it: what it found of its settings is its own. */
async function coldWorker(settings: Readonly<Record<string, string>>, office?: Partial<DeadLetterOffice>) {
  vi.resetModules();
  const { default: worker } = await import("../../../workers/webhooks/index.ts");
  const sent: unknown[] = [];
  const policy = { text: POLICY };
  // Only what these tests come by of the bindings.
  const env = {
    ...settings,
    OFFICE: { getByName: () => office },
    LEDGER: { getByName: () => undefined },
    POLICY: { get: async () => policy.text },
    EVENTS: {
      send: async (message: unknown) => sent.push(message),
      sendBatch: async (messages: readonly { body: unknown }[]) =>
        sent.push(...messages.map(({ body }) => body)),
    },
  } as unknown as WebhooksEnv;
  return {
    sent,
    policy,
    receive: (request: Request<unknown, IncomingRequestCfProperties>) =>
      worker.fetch(request, env, createExecutionContext()),
    /** Gives what the queue is told of messages: what is done, and the seconds that the others wait. */
    async deliver(queue: string, bodies: readonly unknown[], attempts = 1) {
      const messages = bodies.map((body, index) => ({
        id: `m${index}`,
        timestamp: new Date(),
        attempts,
        body,
      }));
      const batch = createMessageBatch(queue, messages);
      // The queue's result leaves out how long each is to wait.
      const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
      const context = createExecutionContext();
      await worker.queue(batch, env, context);
      const { explicitAcks } = await getQueueResult(batch, context);
      const waits = retries.flatMap(({ mock }) => mock.calls.map(([options]) => options?.delaySeconds));
      return { done: explicitAcks, waits };
    },
    async administer(path: string, method = "GET") {
      const request = new Request<unknown, IncomingRequestCfProperties>(`https://hooks.example${path}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      });
      const answer = await worker.fetch(request, env, createExecutionContext());
      return { status: answer.status, json: await answer.json() };
    },
  };
}

async function signatureOf(body: string, secret: string): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const tSeconds = Math.floor(Date.now() / 1000);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, bytes(`${tSeconds}.${body}`));
  return `t=${tSeconds},v2=${btoa(String.fromCharCode(...new Uint8Array(mac))).replace("=", "")}`;
}

it("does not use up the tries of a queue while a setting is wrong", async () => {
  const { deliver } = await coldWorker({});
  for (const [queue, attempts, wait] of [
    [EVENTS_QUEUE, 1, 1],
    [EVENTS_QUEUE, 5, 50_625],
    [DEAD_LETTER_QUEUE, 1, 60],
    [DEAD_LETTER_QUEUE, 100, 14_400],
  ] as const) {
    expect(await deliver(queue, [{}, {}], attempts)).toEqual({ done: [], waits: [wait, wait] });
  }
});

it("keeps what comes while a bad policy is pushed, and reacts to nothing by another one", async () => {
  const { policy, receive, deliver, sent } = await coldWorker({ AUTHSIGNAL_SECRET: "secret" });
  policy.text = "{";
  const body = JSON.stringify(wireEvent({ time: new Date().toISOString() }));
  const answer = await receive(
    new Request("https://hooks.example/webhooks/authsignal", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-signature-v2": await signatureOf(body, "secret"),
      },
      body,
    }),
  );
  expect(answer.status).toBe(200);
  expect(sent).toHaveLength(1);
  expect(await deliver(EVENTS_QUEUE, sent)).toEqual({ done: [], waits: [1] });
});

it("makes a dead letter of a message that is no event, which is shown, replayed and dropped like any other", () =>
  inOffice(async (office) => {
    const { deliver, administer, sent } = await coldWorker(
      { AUTHSIGNAL_SECRET: "secret", ADMIN_KEY },
      office,
    );
    const { done, waits } = await deliver(EVENTS_QUEUE, [UNREADABLE]);
    expect([done, waits.length]).toEqual([[], 1]);
    expect(await deliver(DEAD_LETTER_QUEUE, [UNREADABLE, "text"])).toEqual({ done: ["m0", "m1"], waits: [] });
    expect((await administer("/admin/events")).json).toMatchObject({
      letters: [
        { id: "m0", type: "unreadable", sub: "alice-0001" },
        { id: "m1", type: "unreadable" },
      ],
    });
    expect((await administer("/admin/events/m0")).json).toMatchObject({ message: UNREADABLE });
    expect((await administer("/admin/events/m0/replay", "POST")).status).toBe(200);
    expect(sent).toEqual([UNREADABLE]);
    expect((await administer("/admin/events/m1", "DELETE")).status).toBe(200);
    expect((await administer("/admin/events")).json).toEqual({ letters: [], unknownTypes: [] });
  }));

it("forgets with a user what could not be read and names the user", () =>
  inOffice(async (office) => {
    const { deliver, administer } = await coldWorker({ AUTHSIGNAL_SECRET: "secret", ADMIN_KEY }, office);
    await deliver(DEAD_LETTER_QUEUE, [UNREADABLE, { ...UNREADABLE, sub: "somebody-else" }]);
    expect((await administer("/admin/events?user=alice-0001", "DELETE")).json).toMatchObject({
      erased: { letter: 1 },
    });
    expect((await administer("/admin/events")).json).toMatchObject({ letters: [{ id: "m1" }] });
  }));
