import { describe, expect, it, vi } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { AuthsignalEvent } from "../../../src/events/event.ts";
import { importSigningKeys } from "../../../src/events/signature.ts";
import { floodBrake } from "../../../src/events/brake.ts";
import { senders } from "../../../src/events/senders.ts";
import { bodyRoom } from "../../../src/http/body-room.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { holdBack, receive, type ReceiveContext } from "../../../workers/webhooks/receive.ts";
import type { Receiver } from "../../../workers/webhooks/receiver.ts";
import { EVENT_ID, EVENT_TIME_MS, TENANT_ID, wireEvent } from "./fixtures.ts";
import { memoryLedger } from "./memory-ledger.ts";
import { headerOf } from "./signing.ts";

const SECRET = "test-secret";
const NOW_SECONDS = EVENT_TIME_MS / 1000 + 1;
const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [{ id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] }],
});

/** A receiver whose queue, ledger and policy can be made to fail. */
async function world(
  options: {
    queueFails?: boolean;
    ledger?: "fails" | "hangs";
    policy?: "none";
    hold?: Partial<Record<"revoke" | "enqueue", Promise<void>>>;
  } = {},
) {
  const order: string[] = [];
  const queued: AuthsignalEvent[] = [];
  const entries: AuditEntry[] = [];
  const alerts: string[] = [];
  const { ledger } = memoryLedger({
    before: async () => {
      order.push("revoke");
      await options.hold?.revoke;
      if (options.ledger === "hangs") {
        await new Promise(() => undefined);
      }
      if (options.ledger === "fails") {
        throw new Error("storage");
      }
    },
  });
  const parsed = parsePolicy(POLICY);
  if (!parsed.ok) {
    throw new Error("the policy of this test is wrong");
  }
  const receiver: Receiver = {
    signingKeys: await importSigningKeys([SECRET]),
    rules: { tenantId: TENANT_ID },
    policies: { current: () => (options.policy === "none" ? undefined : parsed.value) },
    sendAlert: async (alert) => {
      alerts.push(alert.type);
    },
    outside: async () => undefined,
    catchUp: undefined,
    verifyOnFailure: "refuse",
    firstRetrySeconds: 2,
    brake: floodBrake(() => 0),
    adminBrake: floodBrake(() => 0),
    senders: senders(
      () => 0,
      () => 0.5,
    ),
    room: bodyRoom(),
    administrators: () => ({ keys: undefined, people: undefined }),
    random: () => 0,
    record: (entry) => entries.push(entry),
    nowMs: () => NOW_SECONDS * 1000,
  };
  const context: ReceiveContext = {
    ledgerOf: () => ({ ...ledger, verifying: async () => "unknown" }),
    queue: {
      async sendBatch(messages) {
        if (options.queueFails === true) {
          throw new Error("storage");
        }
        order.push("enqueue");
        await options.hold?.enqueue;
        queued.push(...messages.map(({ body }) => body));
      },
    },
    office: { countUnknown: async () => undefined },
    later: () => undefined,
  };
  const send = (request: Request) => receive(request, receiver, context);
  const hold = (request: Request) => holdBack(request, receiver);
  return { send, hold, order, queued, entries, alerts };
}

function delivery(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Request {
  return new Request("https://hooks.example/webhooks/authsignal", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-signature-v2": headerOf([SECRET], NOW_SECONDS, body),
      ...headers,
    },
    body,
  });
}

const good = () => delivery(JSON.stringify(wireEvent()));

async function codeOf(response: Response): Promise<unknown> {
  return Reflect.get(Object(await response.json()), "code");
}

describe("receiving a delivery", () => {
  it("revokes and queues, in this order, and answers 200", async () => {
    const { send, order, queued, entries } = await world();
    const response = await send(good());
    expect(response.status).toBe(200);
    expect(order).toEqual(["revoke", "enqueue"]);
    expect(queued.map(({ id }) => id)).toEqual([EVENT_ID]);
    expect(entries.map(({ event }) => event)).toEqual(["event_received", "revoked"]);
  });

  it.each([
    ["six minutes from now", new Date(NOW_SECONDS * 1000 + 360_000).toISOString()],
    ["of the year 9999", "9999-12-31T23:59:59.999Z"],
    ["an hour ahead by its offset", new Date(NOW_SECONDS * 1000).toISOString().replace("Z", "-01:00")],
  ])("takes an event that says to be %s for one of now, whenever it is carried out", async (_, time) => {
    const { send, queued } = await world();
    expect((await send(delivery(JSON.stringify(wireEvent({ time }))))).status).toBe(200);
    expect(queued.map(({ atMs }) => atMs)).toEqual([NOW_SECONDS * 1000]);
  });

  it.each(["revoke", "enqueue"] as const)(
    "answers no sooner than %s is done, and neither waits for the other",
    async (slow) => {
      const held = Promise.withResolvers<void>();
      const { send, order } = await world({ hold: { [slow]: held.promise } });
      let isAnswered = false;
      const answer = send(good()).finally(() => {
        isAnswered = true;
      });
      await vi.waitFor(() => expect(order).toEqual(["revoke", "enqueue"]));
      expect(isAnswered).toBe(false);
      held.resolve();
      expect((await answer).status).toBe(200);
    },
  );

  it("answers 503 when the queue does not take it, so that it is delivered again", async () => {
    const { send } = await world({ queueFails: true });
    const response = await send(good());
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await codeOf(response)).toBe("not_durable");
  });

  it("leaves a ledger that fails to the queue", async () => {
    const { send, queued } = await world({ ledger: "fails" });
    expect((await send(good())).status).toBe(200);
    expect(queued).toHaveLength(1);
  });

  it("does not wait long for a ledger that hangs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { send, order, queued } = await world({ ledger: "hangs" });
      const answer = send(good());
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(0);
        expect(order).toEqual(["revoke", "enqueue"]);
      });
      await vi.advanceTimersByTimeAsync(1_000);
      expect((await answer).status).toBe(200);
      expect(queued).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it("queues what comes while there is no policy to react by: nothing is lost, and no other policy is guessed", async () => {
    const { send, queued, order } = await world({ policy: "none" });
    expect((await send(good())).status).toBe(200);
    expect(queued).toHaveLength(1);
    expect(order).toEqual(["enqueue"]);
  });

  it.each([
    ["text that is not JSON", "{"],
    ["JSON with a name twice", JSON.stringify(wireEvent()).replace("{", '{"id":"x",')],
    ["a byte order mark", `\ufeff${JSON.stringify(wireEvent())}`],
    ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["an event of another tenant", JSON.stringify(wireEvent({ tenantId: "tenant-2" }))],
  ])("refuses %s with 400, although the signature is right", async (_, body) => {
    const { send, order } = await world();
    const response = await send(delivery(body));
    expect([response.status, await codeOf(response)]).toEqual([400, "event_refused"]);
    expect(order).toEqual([]);
  });

  it("tells the record, and not the sender, what was wrong with a signature", async () => {
    const { send, entries } = await world();
    const body = JSON.stringify(wireEvent());
    const bodies = [];
    for (const header of [
      "",
      headerOf(["other"], NOW_SECONDS, body),
      headerOf([SECRET], NOW_SECONDS - 301, body),
      headerOf([SECRET], NOW_SECONDS + 301, body),
    ]) {
      const response = await send(delivery(body, { "x-signature-v2": header }));
      expect(response.status).toBe(401);
      const { instance: _requestId, ...rest } = Object(await response.json()) as Record<string, unknown>; // a problem
      bodies.push(JSON.stringify(rest));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(entries.map(({ reason }) => reason)).toEqual([
      "signature malformed",
      "signature mismatch",
      "signature stale",
      "signature early",
    ]);
  });

  it("raises one alert about a wrong time, and looks no closer at others after it", async () => {
    const { send, alerts, entries } = await world();
    const body = JSON.stringify(wireEvent());
    const stale = () => delivery(body, { "x-signature-v2": headerOf([SECRET], NOW_SECONDS - 301, body) });
    const forged = () => delivery(body, { "x-signature-v2": headerOf(["other"], NOW_SECONDS - 301, body) });
    const verify = vi.spyOn(crypto.subtle, "verify");
    try {
      expect((await send(forged())).status).toBe(401);
      expect(alerts).toEqual([]);
      expect((await send(stale())).status).toBe(401);
      expect(alerts).toEqual(["signature.stale"]);
      expect(verify).toHaveBeenCalledTimes(2);
      const third = stale();
      expect((await send(third)).status).toBe(401);
      expect((await send(forged())).status).toBe(401);
      expect(third.bodyUsed).toBe(false);
      expect(verify).toHaveBeenCalledTimes(2);
    } finally {
      verify.mockRestore();
    }
    expect(alerts).toEqual(["signature.stale"]);
    expect(entries.map(({ reason }) => reason)).toEqual([
      "signature mismatch",
      "signature stale",
      "signature stale",
      "signature stale",
    ]);
  });

  it.each([
    [
      "a wrong signature",
      () => delivery("{}", { "x-signature-v2": headerOf(["other"], NOW_SECONDS, "{}") }),
      429,
    ],
    ["no signature", () => delivery("{}", { "x-signature-v2": "" }), 429],
    [
      "a replay",
      () => delivery("{}", { "x-signature-v2": headerOf([SECRET], NOW_SECONDS - 301, "{}") }),
      429,
    ],
    ["another content type", () => delivery("{}", { "content-type": "text/plain" }), 415],
    ["a length above 1 MiB", () => delivery("{}", { "content-length": "1048577" }), 413],
  ])(
    "records a flood of %s for as long as a person could read it, and takes a true delivery in its midst",
    async (_, make, status) => {
      const { send, entries, queued } = await world();
      for (let index = 0; index < 100; index += 1) {
        await send(make());
      }
      expect(entries).toHaveLength(21);
      expect((await send(make())).status).toBe(status);
      expect((await send(good())).status).toBe(200);
      expect(queued).toHaveLength(1);
      expect(entries.map(({ event }) => event).slice(-2)).toEqual(["event_received", "revoked"]);
    },
  );

  it("holds a network back in a flood, unread, and nobody else nor any other path", async () => {
    const { send, hold, entries } = await world();
    const from = { "cf-connecting-ip": "203.0.113.9" };
    const held = () => hold(delivery("{}", from));
    const forge = (headers: Readonly<Record<string, string>>) =>
      send(delivery("{}", { "x-signature-v2": headerOf(["other"], NOW_SECONDS, "{}"), ...headers }));
    for (let count = 0; count < 20; count += 1) {
      await forge(from);
    }
    expect(held()).toBeUndefined(); // no flood yet: whoever made a mistake is told so
    await forge({});
    const [unread, answer] = [delivery("{}", from), held()];
    expect([answer?.status, await codeOf(answer ?? Response.error())]).toEqual([429, "too_many_deliveries"]);
    hold(unread);
    expect(unread.bodyUsed).toBe(false);
    expect(hold(delivery("{}", { "cf-connecting-ip": "203.0.113.10" }))).toBeUndefined();
    expect(hold(delivery("{}"))).toBeUndefined();
    expect(hold(new Request("https://hooks.example/health", { headers: from }))).toBeUndefined();
    expect(entries).toHaveLength(21);
  });

  it("holds back a network whose bodies are too large, which cost the most", async () => {
    const { send, hold } = await world();
    const from = { "cf-connecting-ip": "203.0.113.9" };
    const large = "x".repeat(1_048_577);
    for (let count = 0; count < 21; count += 1) {
      expect((await send(delivery(large, from))).status).toBe(413);
    }
    expect(hold(delivery("{}", from))?.status).toBe(429);
  });

  it("does not hold back a network that once sent a right delivery", async () => {
    const { send, hold } = await world();
    const from = { "cf-connecting-ip": "203.0.113.9" };
    expect((await send(delivery(JSON.stringify(wireEvent()), from))).status).toBe(200);
    for (let count = 0; count < 30; count += 1) {
      await send(delivery("{}", { "x-signature-v2": "", ...from }));
    }
    expect(hold(delivery("{}", from))).toBeUndefined();
  });

  it("keeps codes and addresses out of queue and record", async () => {
    const { send, queued, entries } = await world();
    const data = { to: "alice@example.com", code: "123456", userId: "a11ce000-5a11-4b0f-8000-000000000001" };
    const response = await send(delivery(JSON.stringify(wireEvent({ type: "email.created", data }))));
    expect(response.status).toBe(200);
    expect(queued).toHaveLength(1);
    expect(JSON.stringify([queued, entries])).not.toMatch(/123456|alice@/);
  });
});
