import { describe, expect, it } from "vitest";
import { readEnrolled } from "../../../src/authsignal/enrolled.ts";
import type { AuthsignalProblem } from "../../../src/authsignal/port.ts";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { UserAction } from "../../../src/authsignal/user-actions.ts";
import { catchUp, type CatchUpPorts } from "../../../src/events/catch-up.ts";
import { fail, ok } from "../../../src/http/result.ts";
import { parseSub, type Sub } from "../../../src/identity/principal.ts";
import type { Difference } from "../../../src/ledger/authenticator-list.ts";
import { ActionCode, type Reaction } from "../../../src/policy/schema.ts";

function subOf(digit: number): Sub {
  const sub = parseSub(`00000000-0000-4000-8000-00000000000${digit}`);
  if (sub === undefined) {
    throw new Error("a UUID is a sub");
  }
  return sub;
}
const USERS = [1, 2, 3, 4].map(subOf);
const GONE: Difference = { id: "a-1", method: "PASSKEY", createdAtMs: 5, change: "deleted" };

const BLOCKED: UserAction = {
  action: ActionCode.parse("transfer"),
  idempotencyKey: "key-1",
  state: "BLOCK",
  stateAtMs: 3,
  verificationMethod: undefined,
  countryCode: undefined,
};
const ON_ACTIONS: Reaction = { id: "blocked", on: ["action.log_created"], do: ["alert"] };

/** Two rosters of two users; everybody lost one authenticator, and was blocked if anybody asks. */
function world(options: {
  problems?: readonly (AuthsignalProblem | undefined)[];
  reactions?: readonly Reaction[];
  actionProblem?: AuthsignalProblem;
  rosterFails?: boolean;
  ledgerFails?: boolean;
  takeFails?: boolean;
  maxUsers?: number;
  stepMs?: number;
}) {
  const asked: Sub[] = [];
  const askedActions: Sub[] = [];
  const doAsk: boolean[] = [];
  const looked: Sub[] = [];
  const taken: string[] = [];
  const entries: AuditEntry[] = [];
  let nowMs = 0;
  const ports: CatchUpPorts = {
    rosters: [USERS.slice(0, 2), USERS.slice(2)].map((users) => ({
      waiting: async (atMost) => users.slice(0, atMost).map((sub) => ({ sub, sinceMs: 0 })),
      looked: async (subs) => void looked.push(...subs),
      async asksForActions(doesAsk) {
        if (options.rosterFails === true) {
          throw new Error("a roster of before");
        }
        doAsk.push(doesAsk);
        return doesAsk ? 2 : undefined;
      },
    })),
    ledgerOf: () => ({
      async compareAuthenticators() {
        if (options.ledgerFails === true) {
          throw new Error("overloaded");
        }
        return [GONE];
      },
      compareActions: async ({ sinceMs, states }) =>
        states.filter(({ atMs, isWanted }) => atMs > sinceMs && isWanted).map(({ id }) => id),
    }),
    async actions(sub) {
      askedActions.push(sub);
      return options.actionProblem === undefined ? ok([BLOCKED]) : fail(options.actionProblem);
    },
    reactions: options.reactions ?? [],
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
      taken.push(...events.map(({ sub, id, kind }) => `${sub} ${kind === "action-log" ? kind : id}`));
    },
    record: (entry) => entries.push(entry),
    nowMs: () => nowMs,
    tenantId: "tenant-1",
    maxUsers: options.maxUsers ?? 200,
  };
  return { ports, asked, askedActions, doAsk, looked, taken, entries };
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
    { reason: "refused", status: 503 },
    { reason: "refused", status: 429 },
    { reason: "refused", status: 401 },
  ])("stops when Authsignal says that it is in trouble: %o", async (problem) => {
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

  it.each<AuthsignalProblem>([{ reason: "timeout" }, { reason: "unreachable" }])(
    "stops after a second silence in a row, and not over a user whose list is too long: %o",
    async (problem) => {
      const once = world({ problems: [problem, undefined, problem] });
      expect(await catchUp(once.ports)).toEqual({ users: 4, differences: 2, failed: 2 });
      const twice = world({ problems: [undefined, problem, problem] });
      expect(await catchUp(twice.ports)).toMatchObject({ users: 3, stopped: "authsignal_unavailable" });
      expect(twice.looked).toEqual(USERS.slice(0, 3));
    },
  );

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

describe("a run under a policy that asks for actions", () => {
  const reactions = [ON_ACTIONS];

  it("makes events of both lists, and takes those of a user together", async () => {
    const { ports, taken, doAsk } = world({ reactions, maxUsers: 1 });
    expect(await catchUp(ports)).toEqual({ users: 1, differences: 2, failed: 0 });
    expect(taken).toEqual([`${USERS[0]} catch-up:deleted:a-1`, `${USERS[0]} action-log`]);
    expect(doAsk).toEqual([true, true]);
  });

  it("asks nobody for actions under another policy, and notes so", async () => {
    const { ports, askedActions, doAsk } = world({});
    await catchUp(ports);
    expect([askedActions, doAsk]).toEqual([[], [false, false]]);
  });

  it("concludes nothing of actions where it does not know since when", async () => {
    const { ports, askedActions } = world({ reactions, rosterFails: true });
    expect(await catchUp(ports)).toEqual({ users: 4, differences: 4, failed: 0 });
    expect(askedActions).toEqual([]);
  });

  it("takes what one list shows when the other cannot be used", async () => {
    const bad = { reason: "bad_answer" } as const;
    const { ports, taken, entries } = world({ reactions, actionProblem: bad, maxUsers: 1 });
    expect(await catchUp(ports)).toEqual({ users: 1, differences: 1, failed: 1 });
    expect(taken).toEqual([`${USERS[0]} catch-up:deleted:a-1`]);
    expect(entries).toEqual([
      { event: "catch_up_failed", requestId: "", sub: USERS[0], reason: "bad_answer" },
    ]);
    const other = world({ reactions, problems: [bad], maxUsers: 1 });
    expect(await catchUp(other.ports)).toEqual({ users: 1, differences: 1, failed: 1 });
    expect(other.taken).toEqual([`${USERS[0]} action-log`]);
  });

  it("stops when Authsignal is in trouble over either", async () => {
    const { ports, taken } = world({ reactions, actionProblem: { reason: "refused", status: 503 } });
    expect(await catchUp(ports)).toMatchObject({ users: 1, failed: 1, stopped: "authsignal_unavailable" });
    expect(taken).toEqual([`${USERS[0]} catch-up:deleted:a-1`]);
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
