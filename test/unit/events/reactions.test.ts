import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectsOf, isLedgerEffect } from "../../../src/events/reactions.ts";
import type { Reaction } from "../../../src/policy/schema.ts";
import { EVENT_ID, EVENT_TIME, EVENT_TIME_MS, readOne, SUB, wireEvent } from "./fixtures.ts";

const removed: Reaction = { id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] };
const everything: Reaction = {
  id: "everything",
  on: ["authenticator.created", "authenticator.deleted", "tenant.renamed"],
  do: ["revoke-user", "end-grants", "alert", "record"],
};
const NOW_MS = EVENT_TIME_MS + 1_000;

describe("the effects of an event", () => {
  it("are what each matching reaction says, in the policy's order, with ids of event and reaction", async () => {
    const effects = effectsOf(await readOne(wireEvent()), [removed, everything], NOW_MS);
    expect(effects.map(({ id, kind }) => [id, kind])).toEqual([
      [`${EVENT_ID}/removed`, "revoke-user"],
      [`${EVENT_ID}/removed`, "alert"],
      [`${EVENT_ID}/everything`, "revoke-user"],
      [`${EVENT_ID}/everything`, "end-grants"],
      [`${EVENT_ID}/everything`, "alert"],
      [`${EVENT_ID}/everything`, "record"],
    ]);
    expect(effects[0]).toEqual({
      id: `${EVENT_ID}/removed`,
      reaction: "removed",
      kind: "revoke-user",
      sub: SUB,
      beforeMs: EVENT_TIME_MS,
      reason: "authenticator.deleted",
    });
  });

  it("are none where no reaction names the type", async () => {
    expect(effectsOf(await readOne(wireEvent({ type: "authenticator.created" })), [removed], NOW_MS)).toEqual(
      [],
    );
    expect(effectsOf(await readOne(wireEvent()), [], NOW_MS)).toEqual([]);
  });

  it("happen once, even if the reaction says one twice", async () => {
    const doubled: Reaction = { ...removed, do: ["alert", "alert"] };
    expect(effectsOf(await readOne(wireEvent()), [doubled], NOW_MS)).toHaveLength(1);
  });

  it("tell in an alert what happened and what was done", async () => {
    const [, effect] = effectsOf(await readOne(wireEvent()), [removed], NOW_MS);
    expect(effect).toMatchObject({
      kind: "alert",
      alert: {
        id: `${EVENT_ID}/removed`,
        type: "authenticator.deleted",
        sub: SUB,
        reaction: "removed",
        at: EVENT_TIME,
        summary: `An authenticator (EMAIL_OTP) of user ${SUB} was removed. All sessions from before it are ended.`,
      },
    });
  });

  it("on a ledger need a user; the rest does not", async () => {
    const event = await readOne(wireEvent({ type: "tenant.renamed", data: {} }));
    const effects = effectsOf(event, [everything], NOW_MS);
    expect(effects.map(({ kind }) => kind)).toEqual(["alert", "record"]);
    expect(effects.some(isLedgerEffect)).toBe(false);
    expect(effects[0]).toMatchObject({ alert: { summary: "Authsignal reported tenant.renamed." } });
  });

  it("never revoke later than the event, nor later than now, and have the same ids at any time", async () => {
    const event = await readOne(wireEvent());
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 42 }), (nowMs) => {
        const effects = effectsOf(event, [everything], nowMs);
        expect(effects.map(({ id }) => id)).toEqual(effectsOf(event, [everything], 0).map(({ id }) => id));
        for (const effect of effects) {
          if (effect.kind === "revoke-user") {
            expect(effect.beforeMs).toBe(Math.min(EVENT_TIME_MS, nowMs));
          }
        }
      }),
    );
  });
});
