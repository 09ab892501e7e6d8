import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { readUserActions } from "../../../src/authsignal/user-actions.ts";
import { actionEvent } from "../../../src/events/compare-actions.ts";
import { AuthsignalEvent, UserId } from "../../../src/events/event.ts";
import { EVENT_ID, EVENT_TIME, readOne, SUB, TENANT_ID, wireRecord } from "./fixtures.ts";

const OTHER_SUB = "b0b00000-5a11-4b0f-8000-000000000002";

/** One action in one state, as both ways know it. */
interface Told {
  readonly userId: string;
  readonly actionCode: string;
  readonly idempotencyKey: string;
  readonly state: string;
}

const told = fc.record<Told>({
  userId: fc.constantFrom(SUB, OTHER_SUB),
  actionCode: fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/),
  idempotencyKey: fc
    .string({ minLength: 1, maxLength: 128, unit: "binary" })
    .filter(({ length }) => length < 129),
  state: fc.constantFrom("BLOCK", "CHALLENGE_SUCCEEDED", "REVIEW_REQUIRED", "REVIEW_FAILED", "TO_COME"),
});

/** By a log record, whose envelope has an id and a time of its own. */
const byLog = (record: object, envelope: object = { id: EVENT_ID }) =>
  readOne({ records: [wireRecord({ ...envelope, record: { ...record, outcome: "BLOCK" } })] });

/** By Authsignal's list. */
async function byList({ userId, ...rest }: Told, createdAt = EVENT_TIME) {
  const [action] = readUserActions([{ ...rest, createdAt, ipAddress: "198.51.100.7" }], userId) ?? [];
  return action && actionEvent(UserId.parse(userId), action, TENANT_ID);
}

describe("an action in a state", () => {
  it("is one event, whether a log record tells it or Authsignal's list, and whatever times they give", async () => {
    await fc.assert(
      fc.asyncProperty(told, async (one) => {
        const [log, listed] = [await byLog(one), await byList(one, "2026-11-20T12:00:00+01:00")];
        expect(log.id).toMatch(/^action-[0-9a-f]{32}$/);
        expect(listed?.id).toBe(log.id);
        expect(AuthsignalEvent.safeParse(listed).success).toBe(true);
        expect(listed).toMatchObject({ type: log.type, sub: log.sub, kind: log.kind });
      }),
      { numRuns: 100 },
    );
  });

  it("is another event for another user, action, key or state", async () => {
    const one: Told = {
      userId: SUB,
      actionCode: "transfer",
      idempotencyKey: "key-1",
      state: "REVIEW_REQUIRED",
    };
    const all = [
      one,
      { ...one, userId: OTHER_SUB },
      { ...one, actionCode: "payee" },
      { ...one, idempotencyKey: "key-2" },
      { ...one, state: "REVIEW_FAILED" },
    ];
    const ids = await Promise.all(all.map(async (each) => (await byLog(each)).id));
    expect(new Set(ids).size).toBe(all.length);
  });

  it("is known by its record's own id where key or state are missing: no list names it either", async () => {
    const record = { userId: SUB, actionCode: "transfer", idempotencyKey: "key-1", state: "BLOCK" };
    for (const missing of ["idempotencyKey", "state"]) {
      const incomplete = { ...record, [missing]: undefined };
      expect((await byLog(incomplete)).id).toBe(EVENT_ID);
      expect((await byLog(incomplete, {})).id).toMatch(/^log-[0-9a-f]{32}$/);
    }
  });
});
