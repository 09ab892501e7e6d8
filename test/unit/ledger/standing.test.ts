import { describe, expect, it } from "vitest";
import type { Ledger, Seen } from "../../../src/ledger/port.ts";
import { standingReader } from "../../../src/ledger/standing.ts";
import { parseSessionId } from "../../../src/identity/principal.ts";
import { principalOf } from "../identity/fixtures.ts";

/** A reader over a ledger that answers as told, with a clock of the test's. */
function readerOf(stalenessMs: number) {
  const state = { nowMs: 1_000_000, reads: 0, revoked: false };
  const ledger = {
    standing: async () => {
      state.reads += 1;
      return { revoked: state.revoked };
    },
  };
  const reader = standingReader({ stalenessMs, nowMs: () => state.nowMs });
  // Only `standing` is asked; the rest of the port has tests of its own.
  const seen = (): Seen => ({ carrier: "bearer", expiresAtSeconds: 0, userAgent: "", place: "" });
  const ask = (principal = principalOf()) =>
    reader.isRevoked(principal, () => ledger as unknown as Ledger, seen);
  return { state, reader, ask };
}

describe("the standing of a session", () => {
  it("is trusted for the configured time, at once, and then read again", async () => {
    const { state, ask } = readerOf(5_000);
    expect(await ask()).toBe(false);
    state.revoked = true;
    state.nowMs += 4_999;
    expect(ask()).toBe(false);
    state.nowMs += 1;
    expect(await ask()).toBe(true);
    expect(state.reads).toBe(2);
  });

  it("is read every time when nothing may be stale", async () => {
    const { state, ask } = readerOf(0);
    await ask();
    state.revoked = true;
    expect(await ask()).toBe(true);
  });

  it("is its own for every session and sign-in", async () => {
    const { state, ask } = readerOf(5_000);
    await ask();
    const session = parseSessionId("another");
    await ask(principalOf(session === undefined ? {} : { session }));
    await ask(principalOf({ authTimeSeconds: 1 }));
    expect(state.reads).toBe(3);
  });

  it("is what a sensitive route has just read", async () => {
    const { state, reader, ask } = readerOf(5_000);
    await ask();
    reader.note(principalOf(), true);
    expect(ask()).toBe(true);
    expect(state.reads).toBe(1);
  });
});
