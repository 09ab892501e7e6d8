import { describe, expect, it } from "vitest";
import { concernsLedger, eventReactions, reactionsTo } from "../../../src/events/reactions.ts";
import type { Reaction } from "../../../src/policy/schema.ts";
import { EVENT_ID, EVENT_TIME_MS, readOne, wireEvent, wireRecord } from "./fixtures.ts";

const removed: Reaction = { id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] };
const blocked: Reaction = {
  id: "blocked",
  on: ["action.log_created"],
  where: { "==": [{ var: "outcome" }, "BLOCK"] },
  threshold: { count: 3, within: "10m" },
  do: ["alert"],
};

describe("the reactions to an event", () => {
  it("are those of its type whose condition holds, in the policy's order", async () => {
    const alsoRemoved: Reaction = {
      ...removed,
      id: "also",
      where: { "!=": [{ var: "verificationMethod" }, "SMS"] },
    };
    const never: Reaction = {
      ...removed,
      id: "never",
      where: { "==": [{ var: "verificationMethod" }, "SMS"] },
    };
    const found = reactionsTo(await readOne(wireEvent()), [blocked, removed, never, alsoRemoved]);
    expect(found.map(({ id }) => id)).toEqual(["removed", "also"]);
    expect(reactionsTo(await readOne(wireEvent({ type: "authenticator.created" })), [removed])).toEqual([]);
  });

  it("are told to the ledger with the event's id, time and key, each effect once", async () => {
    const doubled: Reaction = { ...removed, do: ["alert", "revoke-user", "alert", "revoke-user"] };
    expect(eventReactions(await readOne(wireEvent()), [doubled])).toEqual({
      eventId: EVENT_ID,
      reason: "authenticator.deleted",
      atMs: EVENT_TIME_MS,
      idempotencyKey: undefined,
      authenticator: { id: expect.any(String) as string, change: "deleted", method: "EMAIL_OTP" },
      isAction: false,
      reactions: [
        { reaction: "removed", threshold: undefined, effects: ["revoke-user"], outside: ["alert"] },
      ],
    });
    expect(eventReactions(await readOne({ records: [wireRecord()] }), [blocked])).toMatchObject({
      idempotencyKey: "key-1",
      isAction: true,
      reactions: [{ threshold: { count: 3, withinMs: 600_000 } }],
    });
  });

  it("concern the ledger when they change or count something there", () => {
    expect(concernsLedger([removed])).toBe(true);
    expect(concernsLedger([blocked])).toBe(true);
    expect(concernsLedger([{ ...removed, do: ["alert", "sign-out-cognito"] }])).toBe(false);
  });
});
