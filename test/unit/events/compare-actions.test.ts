import { describe, expect, it } from "vitest";
import type { UserAction } from "../../../src/authsignal/user-actions.ts";
import {
  asksForActions,
  untoldActions,
  type CompareActionsPorts,
} from "../../../src/events/compare-actions.ts";
import { UserId } from "../../../src/events/event.ts";
import { fail, ok } from "../../../src/http/result.ts";
import { ACTION_LOOK_BACK_MS, type ActionLook } from "../../../src/ledger/action-look.ts";
import { ActionCode, type Reaction } from "../../../src/policy/schema.ts";
import { SUB } from "./fixtures.ts";

const NOW_MS = Date.parse("2026-11-23T12:00:00.000Z");
const MINUTE_MS = 60_000;
const USER = UserId.parse(SUB);
const BLOCKED: Reaction = {
  id: "blocked",
  on: ["action.log_created"],
  where: { "==": [{ var: "outcome" }, "BLOCK"] },
  do: ["revoke-user"],
};

const inState = (state: string, agoMs = 0, changes: Partial<UserAction> = {}): UserAction => ({
  action: ActionCode.parse("transfer"),
  idempotencyKey: `key-${state}`,
  state,
  stateAtMs: NOW_MS - agoMs,
  verificationMethod: undefined,
  countryCode: undefined,
  ...changes,
});

/** A ledger that heard of nothing; `looks` is what it was asked. */
function world(actions: readonly UserAction[], reactions: readonly Reaction[] = [BLOCKED]) {
  const looks: ActionLook[] = [];
  const asked: number[] = [];
  const ports: CompareActionsPorts = {
    ledgerOf: () => ({
      async compareActions(look) {
        looks.push(look);
        return look.states.filter(({ isWanted }) => isWanted).map(({ id }) => id);
      },
    }),
    async actions(_, sinceMs) {
      asked.push(sinceMs);
      return ok(actions);
    },
    reactions,
    nowMs: () => NOW_MS,
    tenantId: "tenant-1",
  };
  return { ports, looks, asked };
}
const eventsOf = async (ports: CompareActionsPorts, sinceMs = 0) => {
  const events = await untoldActions(USER, sinceMs, ports);
  return events.ok ? events.value : undefined;
};

describe("a comparison of actions", () => {
  it("makes an event of what the policy asks for, at the time of the state", async () => {
    const { ports } = world([inState("BLOCK", 5_000, { countryCode: "NZ", verificationMethod: "PASSKEY" })]);
    expect(await eventsOf(ports)).toMatchObject([
      {
        type: "action.log_created",
        tenantId: "tenant-1",
        sub: USER,
        action: "transfer",
        idempotencyKey: "key-BLOCK",
        atMs: NOW_MS - 5_000,
        state: "BLOCK",
        countryCode: "NZ",
        verificationMethod: "PASSKEY",
      },
    ]);
  });

  it("shows the ledger what nothing follows from too, so that it is settled", async () => {
    const { ports, looks } = world([inState("BLOCK"), inState("REVIEW_SUCCEEDED")]);
    expect(await eventsOf(ports)).toHaveLength(1);
    expect(looks[0]?.states.map(({ isWanted }) => isWanted)).toEqual([true, false]);
  });

  it.each([
    ["BLOCK", "BLOCK"],
    ["ALLOW", "ALLOW"],
    ["CHALLENGE_FAILED", "CHALLENGE"],
    ["REVIEW_SUCCEEDED", "REVIEW"],
    ["REVIEW", "REVIEW"],
    ["BLOCKED", undefined],
    ["TO_COME", undefined],
  ])("reads off the state %s that the outcome was %s", async (state, outcome) => {
    const any = { ...BLOCKED, where: { "!!": [{ var: "state" }] } };
    const { ports } = world([inState(state, 2 * MINUTE_MS)], [any]);
    expect((await eventsOf(ports))?.map((event) => event.outcome)).toEqual([outcome]);
  });

  it.each([
    ["CHALLENGE_REQUIRED", 60],
    ["ALLOW", 1],
  ])("leaves the state %s alone until it has stayed for %s minutes", async (state, minutes) => {
    const { looks, ports } = world([inState(state, minutes * MINUTE_MS - 1)]);
    await untoldActions(USER, 0, ports);
    const later = world([inState(state, minutes * MINUTE_MS)]);
    await untoldActions(USER, 0, later.ports);
    expect([looks[0]?.states.length, later.looks[0]?.states.length]).toEqual([0, 1]);
  });

  it.each(["BLOCK", "CHALLENGE_SUCCEEDED", "CHALLENGE_FAILED", "REVIEW_REQUIRED", "REVIEW_FAILED"])(
    "does not wait with %s, not where the other clock is ahead either",
    async (state) => {
      const { looks, ports } = world([inState(state, -5_000)]);
      await untoldActions(USER, 0, ports);
      expect(looks[0]?.states).toHaveLength(1);
    },
  );

  it("goes back as far as the ledger remembers, and no further than since when it is to", async () => {
    const { ports, asked, looks } = world([]);
    await untoldActions(USER, 0, ports);
    await untoldActions(USER, NOW_MS - 5, ports);
    expect(asked).toEqual([NOW_MS - ACTION_LOOK_BACK_MS, NOW_MS - ACTION_LOOK_BACK_MS]);
    expect(looks.map(({ sinceMs }) => sinceMs)).toEqual([NOW_MS - ACTION_LOOK_BACK_MS, NOW_MS - 5]);
  });

  it("concludes nothing where Authsignal does not answer", async () => {
    const { ports, looks } = world([]);
    const failing = { ...ports, actions: async () => fail({ reason: "timeout" } as const) };
    expect(await untoldActions(USER, 0, failing)).toEqual({ ok: false, error: { reason: "timeout" } });
    expect(looks).toEqual([]);
  });

  it("is for policies that ask for actions", () => {
    expect(asksForActions([BLOCKED])).toBe(true);
    expect(asksForActions([{ ...BLOCKED, on: ["challenge.log_created", "authenticator.deleted"] }])).toBe(
      false,
    );
  });
});
