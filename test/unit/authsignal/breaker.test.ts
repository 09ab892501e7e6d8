import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { circuitBreaker, type Breaker } from "../../../src/authsignal/breaker.ts";

const PROBE_MS = 3_000;

function opened(nowMs = 0): Breaker {
  const breaker = circuitBreaker(PROBE_MS);
  for (let failure = 0; failure < 5; failure += 1) {
    expect(breaker.admits(nowMs)).toBe(true);
    breaker.note("failed", nowMs);
  }
  return breaker;
}

describe("the circuit breaker", () => {
  it("opens after five failures in a row, and a good answer between them starts the count again", () => {
    expect(opened().admits(0)).toBe(false);
    const breaker = circuitBreaker(PROBE_MS);
    for (let round = 0; round < 10; round += 1) {
      for (let failure = 0; failure < 4; failure += 1) {
        breaker.note("failed", 0);
      }
      breaker.note("answered", 0);
      expect(breaker.admits(0)).toBe(true);
    }
  });

  it("lets one question through after a second, and no other while nobody knows what becomes of it", () => {
    const breaker = opened();
    expect(breaker.admits(999)).toBe(false);
    expect(breaker.admits(1_000)).toBe(true);
    expect([breaker.admits(1_000), breaker.admits(3_999)]).toEqual([false, false]);
  });

  it("closes at once when that one is answered, and waits another second when it fails", () => {
    const breaker = opened();
    breaker.admits(1_000);
    breaker.note("failed", 1_500);
    expect([breaker.admits(2_499), breaker.admits(2_500)]).toEqual([false, true]);
    breaker.note("answered", 2_600);
    expect(Array.from({ length: 20 }, () => breaker.admits(2_600))).toEqual(Array(20).fill(true));
  });

  it("sends another probe when the first was abandoned", () => {
    const breaker = opened();
    breaker.admits(1_000);
    expect(breaker.admits(1_000 + PROBE_MS)).toBe(true);
  });

  it("never stays shut: whatever happened, a question goes through after the longest wait", () => {
    const step = fc.tuple(fc.constantFrom("admits", "answered", "failed"), fc.nat(5_000));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const breaker = circuitBreaker(PROBE_MS);
        let nowMs = 0;
        for (const [what, afterMs] of steps) {
          nowMs += afterMs;
          if (what === "admits") {
            breaker.admits(nowMs);
          } else {
            breaker.note(what, nowMs);
          }
        }
        expect(breaker.admits(nowMs + PROBE_MS)).toBe(true);
      }),
    );
  });
});
