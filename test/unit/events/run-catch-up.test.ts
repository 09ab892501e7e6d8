import { describe, expect, it } from "vitest";
import { floodBrake } from "../../../src/events/brake.ts";
import { senders } from "../../../src/events/senders.ts";
import { UserId, type AuthsignalEvent } from "../../../src/events/event.ts";
import { bodyRoom } from "../../../src/http/body-room.ts";
import { ok } from "../../../src/http/result.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { runCatchUp } from "../../../workers/webhooks/catch-up.ts";
import type { Receiver } from "../../../workers/webhooks/receiver.ts";
import { EVENT_TIME_MS, SUB } from "./fixtures.ts";
import { memoryLedger } from "./memory-ledger.ts";

const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [{ id: "removed", on: ["authenticator.deleted"], do: ["revoke-user"] }],
});

/** One user, who lost an authenticator; the job runs if it is on and there is a policy. */
function world(options: { queueFails?: boolean; isOff?: boolean; hasNoPolicy?: boolean } = {}) {
  const { ledger, applied } = memoryLedger();
  const queued: AuthsignalEvent[] = [];
  const recorded: string[] = [];
  const parsed = parsePolicy(POLICY);
  const receiver: Receiver = {
    signingKeys: [],
    rules: { tenantId: undefined },
    policies: { current: () => (parsed.ok && options.hasNoPolicy !== true ? parsed.value : undefined) },
    sendAlert: undefined,
    outside: async () => undefined,
    catchUp:
      options.isOff === true
        ? undefined
        : { authenticators: async () => ok([]), actions: async () => ok([]), maxUsers: 1 },
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
    record: ({ event, reason }) => recorded.push(`${event} ${reason}`),
    nowMs: () => EVENT_TIME_MS,
  };
  const run = () =>
    runCatchUp(receiver, {
      rosters: [
        {
          waiting: async () => [{ sub: UserId.parse(SUB), sinceMs: 0 }],
          looked: async () => undefined,
          asksForActions: async () => undefined,
        },
      ],
      ledgerOf: () => ({
        ...ledger,
        compareAuthenticators: async () => [
          { id: "a-1", method: "PASSKEY", createdAtMs: EVENT_TIME_MS, change: "deleted" },
        ],
        compareActions: async () => [],
      }),
      queue: {
        async sendBatch(messages) {
          if (options.queueFails === true) {
            throw new Error("overloaded");
          }
          queued.push(...messages.map(({ body }) => body));
        },
      },
      later: () => undefined,
    });
  return { run, applied, queued, recorded };
}

describe("a run", () => {
  it("puts what it found into the queue, tells the ledgers at once, and records both and itself", async () => {
    const { run, applied, queued, recorded } = world();
    expect(await run()).toEqual({ users: 1, differences: 1, failed: 0 });
    expect(queued).toMatchObject([{ id: "catch-up:deleted:a-1", tenantId: "unnamed" }]);
    expect(applied).toEqual(["revoke-user:catch-up:deleted:a-1/removed"]);
    expect(recorded).toEqual([
      "event_received authenticator.deleted",
      "revoked revoke-user",
      "caught_up 1 users, 1 differences, 0 failed",
    ]);
  });

  it("lets no ledger learn what the queue did not take: that would be no difference the next time", async () => {
    const { run, applied } = world({ queueFails: true });
    expect(await run()).toEqual({ users: 1, differences: 0, failed: 1 });
    expect(applied).toEqual([]);
  });

  it.each([
    [{ isOff: true }, "off"],
    [{ hasNoPolicy: true }, "no-policy"],
  ] as const)("is none when %o", async (options, why) => {
    const { run, recorded } = world(options);
    expect(await run()).toBe(why);
    expect(recorded).toEqual([]);
  });
});
