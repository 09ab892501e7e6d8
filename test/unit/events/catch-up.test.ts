import { describe, expect, it } from "vitest";
import { readEnrolled } from "../../../src/authsignal/enrolled.ts";
import type { AuthsignalProblem } from "../../../src/authsignal/port.ts";
import type { AuditEntry } from "../../../src/audit/record.ts";
import { catchUp, eventOf, type CatchUpPorts } from "../../../src/events/catch-up.ts";
import { AuthsignalEvent } from "../../../src/events/event.ts";
import { fail, ok } from "../../../src/http/result.ts";
import { parseSub, type Sub } from "../../../src/identity/principal.ts";
import type { Difference } from "../../../src/ledger/authenticator-list.ts";

function subOf(digit: number): Sub {
  const sub = parseSub(`00000000-0000-4000-8000-00000000000${digit}`);
  if (sub === undefined) {
    throw new Error("a UUID is a sub");
  }
  return sub;
}
const USERS = [1, 2, 3, 4].map(subOf);
const GONE: Difference = { id: "a-1", method: "PASSKEY", createdAtMs: 5, change: "deleted" };

/** Two rosters of two users; everybody lost one authenticator. */
function world(options: {
  problems?: readonly (AuthsignalProblem | undefined)[];
  ledgerFails?: boolean;
  takeFails?: boolean;
  maxUsers?: number;
  stepMs?: number;
}) {
  const asked: Sub[] = [];
  const looked: Sub[] = [];
  const taken: string[] = [];
  const entries: AuditEntry[] = [];
  let nowMs = 0;
  const ports: CatchUpPorts = {
    rosters: [USERS.slice(0, 2), USERS.slice(2)].map((users) => ({
      next: async (atMost) => users.slice(0, atMost),
      looked: async (subs) => void looked.push(...subs),
    })),
    ledgerOf: () => ({
      async compareAuthenticators() {
        if (options.ledgerFails === true) {
          throw new Error("overloaded");
        }
        return [GONE];
      },
    }),
    async authenticators(sub) {
      const problem = options.problems?.[asked.length];
      asked.push(sub);
      nowMs += options.stepMs ?? 1;
      return problem === undefined ? ok([]) : fail(problem);
    },
    async take(events) {
      if (options.takeFails === true) {
        throw new Error("queue");
      }
      taken.push(...events.map(({ sub, id }) => `${sub} ${id}`));
    },
    record: (entry) => entries.push(entry),
    nowMs: () => nowMs,
    tenantId: "tenant-1",
    maxUsers: options.maxUsers ?? 200,
  };
  return { ports, asked, looked, taken, entries };
}

describe("a run", () => {
  it("makes one event of each difference, and notes whose turn it was", async () => {
    const { ports, looked, taken } = world({});
    expect(await catchUp(ports)).toEqual({ users: 4, differences: 4, failed: 0 });
    expect(taken).toEqual(USERS.map((sub) => `${sub} catch-up:deleted:a-1`));
    expect(looked).toEqual(USERS);
  });

  it("asks about no more users than it may", async () => {
    const { ports, asked } = world({ maxUsers: 3 });
    await catchUp(ports);
    expect(asked).toHaveLength(3);
  });

  it("goes on after an answer that cannot be used, and concludes nothing of it", async () => {
    const { ports, taken, looked, entries } = world({ problems: [{ reason: "bad_answer" }] });
    expect(await catchUp(ports)).toEqual({ users: 4, differences: 3, failed: 1 });
    expect(taken.some((one) => one.startsWith(USERS[0] ?? "none"))).toBe(false);
    expect(looked).toEqual(USERS); // nobody whose answer is always bad holds up the others
    expect(entries).toEqual([
      { event: "catch_up_failed", requestId: "", sub: USERS[0], reason: "bad_answer" },
    ]);
  });

  it.each<AuthsignalProblem>([
    { reason: "timeout" },
    { reason: "unreachable" },
    { reason: "refused", status: 503 },
    { reason: "refused", status: 429 },
    { reason: "refused", status: 401 },
  ])("stops when Authsignal is in trouble: %o", async (problem) => {
    const { ports, asked, looked } = world({ problems: [undefined, problem] });
    expect(await catchUp(ports)).toEqual({
      users: 2,
      differences: 1,
      failed: 1,
      stopped: "authsignal_unavailable",
    });
    expect(asked).toEqual(USERS.slice(0, 2));
    expect(looked).toEqual(USERS.slice(0, 2));
  });

  it("ends before the next begins", async () => {
    const { ports, looked } = world({ stepMs: 60_000 });
    expect(await catchUp(ports)).toMatchObject({ users: 2, stopped: "out_of_time" });
    expect(looked).toEqual(USERS.slice(0, 2));
  });

  it.each([{ ledgerFails: true }, { takeFails: true }])("survives %o", async (failure) => {
    const { ports } = world(failure);
    expect(await catchUp(ports)).toEqual({ users: 4, differences: 0, failed: 4 });
  });
});

describe("the events of a run", () => {
  it("are events like those of a delivery, with an id that stays the same", () => {
    for (const change of ["created", "deleted"] as const) {
      for (const method of ["PASSKEY", ""]) {
        const event = eventOf(subOf(1), { ...GONE, change, method }, "tenant-1");
        expect(AuthsignalEvent.safeParse(event).success).toBe(true);
        expect(event).toMatchObject({
          id: `catch-up:${change}:a-1`,
          type: `authenticator.${change}`,
          atMs: 5,
        });
      }
    }
    const longest = { ...GONE, id: "a".repeat(100) };
    expect(AuthsignalEvent.safeParse(eventOf(subOf(1), longest, "t")).success).toBe(true);
  });
});

describe("Authsignal's list", () => {
  const one = {
    userId: "user-1",
    userAuthenticatorId: "a-1",
    verificationMethod: "PASSKEY",
    createdAt: "2026-01-01T00:00:00.000Z",
    email: "someone@example.com",
  };

  it("is read to what is compared", () => {
    expect(readEnrolled([one], "user-1")).toEqual([
      { id: "a-1", method: "PASSKEY", createdAtMs: Date.parse(one.createdAt) },
    ]);
    expect(readEnrolled([], "user-1")).toEqual([]);
  });

  it.each([
    ["a page", "<html></html>"],
    ["an object", { authenticators: [] }],
    ["nothing", undefined],
    ["somebody else's", [{ ...one, userId: "user-2" }]],
    ["no id", [one, { ...one, userAuthenticatorId: undefined }]],
    ["an id that no event can carry", [{ ...one, userAuthenticatorId: "a b" }]],
    ["no time", [{ ...one, createdAt: "yesterday" }]],
    ["too many", Array.from({ length: 201 }, (_, index) => ({ ...one, userAuthenticatorId: `a-${index}` }))],
  ])("is refused as a whole when it is %s", (_, answer) => {
    expect(readEnrolled(answer, "user-1")).toBeUndefined();
  });
});
