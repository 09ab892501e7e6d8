import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import { floodBrake } from "../../../src/events/brake.ts";
import { senders } from "../../../src/events/senders.ts";
import { bodyRoom } from "../../../src/http/body-room.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { consume, type QueuedMessage } from "../../../workers/webhooks/consume.ts";
import type { Receiver } from "../../../workers/webhooks/receiver.ts";
import { EVENT_TIME_MS, readOne, wireEvent } from "./fixtures.ts";
import { memoryLedger } from "./memory-ledger.ts";

const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [{ id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] }],
});

/** A consumer whose alert URL fails for some events. */
function world(
  options: { alertFailsFor?: string; queueFails?: boolean; hasPolicy?: boolean; chance?: number } = {},
) {
  const { ledger, applied } = memoryLedger();
  const entries: AuditEntry[] = [];
  const noted: string[][] = [];
  const sentAgain: (readonly [string, number])[] = [];
  const carriedOut: string[] = [];
  const outcomes: Record<string, "acknowledged" | number> = {};
  const parsed = parsePolicy(POLICY);
  const receiver: Receiver = {
    signingKeys: [],
    rules: { tenantId: undefined },
    policies: { current: () => (parsed.ok && options.hasPolicy !== false ? parsed.value : undefined) },
    sendAlert: undefined,
    async outside(effect, { id }) {
      await new Promise((done) => {
        setImmediate(done); // as long as anything elsewhere takes
      });
      carriedOut.push(`${effect}:${id}`);
      return id === options.alertFailsFor ? "the alert URL answered 500" : undefined;
    },
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
    random: () => options.chance ?? 0,
    record: (entry) => entries.push(entry),
    nowMs: () => EVENT_TIME_MS,
  };
  const message = (id: string, body: unknown, attempts = 1): QueuedMessage => ({
    id,
    body,
    attempts,
    ack: () => (outcomes[id] = "acknowledged"),
    retry: ({ delaySeconds }) => (outcomes[id] = delaySeconds),
  });
  const run = (messages: readonly QueuedMessage[]) =>
    consume(
      {
        messages,
      },
      receiver,
      {
        ledgerOf: () => ledger,
        queue: {
          async sendBatch(messages) {
            if (options.queueFails === true) {
              throw new Error("storage");
            }
            sentAgain.push(...messages.map(({ body, delaySeconds }) => [body.id, delaySeconds] as const));
          },
        },
        office: {
          ...ledger,
          async noteReasons(id, reasons) {
            noted.push([id, ...reasons]);
          },
        },
        later: () => undefined,
      },
    );
  return { run, message, outcomes, applied, entries, noted, carriedOut, sentAgain, ledger };
}

const eventNamed = (id: string) => readOne(wireEvent({ id }));

describe("consuming a batch", () => {
  it("acknowledges what is done and tries the rest again, each message for itself", async () => {
    const { run, message, outcomes, applied, entries } = world({ alertFailsFor: "two" });
    await run([
      message("m1", await eventNamed("one")),
      message("m2", await eventNamed("two")),
      message("m3", { kind: "authenticator" }),
      message("m4", await eventNamed("four")),
    ]);
    expect(outcomes).toEqual({ m1: "acknowledged", m2: 2, m3: 2, m4: "acknowledged" });
    expect(applied).toEqual(["one", "two", "four"].map((id) => `revoke-user:${id}/removed`));
    expect(entries).toContainEqual({
      event: "event_refused",
      requestId: "m3",
      reason: "the message is not an event",
      policy: "bundled",
    });
  });

  it("does once what is in the batch twice, at the same time or with a first try that fails", async () => {
    const { run, message, outcomes, carriedOut } = world();
    const event = await eventNamed("one");
    await run([message("m1", event), message("m2", event), message("m3", await eventNamed("two"))]);
    expect(carriedOut).toEqual(["alert:one", "alert:two"]);
    expect(outcomes).toEqual({ m1: "acknowledged", m2: "acknowledged", m3: "acknowledged" });
    const failing = world({ alertFailsFor: "one" });
    await failing.run([failing.message("m1", event), failing.message("m2", event)]);
    expect(failing.outcomes).toEqual({ m1: 2, m2: 2 });
  });

  it("waits longer from one try to the next", async () => {
    const { run, message, outcomes } = world({ alertFailsFor: "one" });
    const event = await eventNamed("one");
    await run([1, 2, 3, 4, 5].map((attempts) => message(`try ${attempts}`, event, attempts)));
    expect(Object.values(outcomes)).toEqual([2, 10, 50, 250, 1250]);
  });

  it("lets what failed together come back apart", async () => {
    const { run, message, outcomes } = world({ alertFailsFor: "one", chance: 0.999 });
    await run([message("m1", await eventNamed("one"), 4)]);
    expect(outcomes).toEqual({ m1: 375 });
  });

  it("says why before the queue gives an event up", async () => {
    const { run, message, noted } = world({ alertFailsFor: "one" });
    const event = await eventNamed("one");
    await run([message("m1", event, 5)]);
    expect(noted).toEqual([]);
    await run([message("m1", event, 6)]);
    expect(noted).toEqual([["one", "removed: alert: the alert URL answered 500"]]);
    await run([message("m2", "no event", 6)]);
    expect(noted.slice(1)).toEqual([["m2", "the message is not an event"]]);
  });

  it.each([false, true])(
    "begins anew with what another copy is at when its own tries are over (the queue fails: %j)",
    async (queueFails) => {
      const { run, message, outcomes, noted, sentAgain, ledger } = world({ queueFails });
      const event = await eventNamed("one");
      await ledger.react([
        {
          eventId: "one",
          reason: "",
          atMs: 0,
          idempotencyKey: undefined,
          isQueued: true,
          reactions: [{ reaction: "removed", threshold: undefined, effects: [], outside: ["alert"] }],
        },
      ]);
      await run([message("m1", event, 5)]);
      expect([outcomes, sentAgain]).toEqual([{ m1: 60 }, []]);
      await run([message("m1", event, 6)]);
      expect(outcomes).toEqual({ m1: queueFails ? 60 : "acknowledged" });
      expect(sentAgain).toEqual(queueFails ? [] : [["one", 60]]);
      expect(noted).toEqual([]);
    },
  );

  it("keeps everything while there is no policy to react by", async () => {
    const { run, message, outcomes, applied, noted } = world({ hasPolicy: false });
    await run([message("m1", await eventNamed("one"))]);
    expect(outcomes).toEqual({ m1: 1 });
    expect([applied, noted]).toEqual([[], []]);
    await run([message("m1", await eventNamed("one"), 6)]);
    expect(noted).toEqual([["one", "no policy can be used"]]);
  });
});
