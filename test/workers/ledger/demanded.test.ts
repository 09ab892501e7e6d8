import { describe, expect, it, vi } from "vitest";
import { newLedger, opening, signedIn, succeededChallenge } from "./fixtures.ts";

const ANY = { methods: undefined, factorAgeSeconds: undefined, acceptsUnproven: false };

describe("a step-up that a reaction demanded", () => {
  it("makes a fresh grant cover nothing until the session has passed another", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    const kindOf = async () => (await ledger.covered(facts, "transfer", 3_600, ANY)).kind;
    await succeededChallenge(ledger, facts);
    expect(await kindOf()).toBe("covered");
    const atMs = Date.now();
    const reaction = {
      reaction: "r",
      threshold: undefined,
      effects: ["require-step-up" as const],
      outside: [],
    };
    await ledger.react([
      { eventId: "e", reason: "test", atMs, idempotencyKey: undefined, reactions: [reaction] },
    ]);
    expect(await kindOf()).toBe("uncovered");
    expect(await ledger.open(facts, opening())).toMatchObject({ stepUpDemanded: true });
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(atMs)); // the clock has whole milliseconds
    await succeededChallenge(ledger, facts);
    expect(await kindOf()).toBe("covered");
  });
});
