import { fc } from "../../support/properties.ts";
import { expect, test } from "vitest";
import { fullAtMs, takeOne, type Bucket } from "../../../src/sign-in/bucket.ts";

const LIMIT = { burst: 3, refillMs: 10_000 };

function takeAt(times: readonly number[]): boolean[] {
  let bucket: Bucket | undefined;
  return times.map((atMs) => {
    const result = takeOne(bucket, LIMIT, atMs);
    ({ bucket } = result);
    return result.taken.isAllowed;
  });
}

test("allows a burst, then one for each refill", () => {
  expect(takeAt([0, 0, 0, 0, 9_999, 10_000, 10_000, 30_000])).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
});

test("says how long to wait: then one more is allowed, and no earlier", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 20 }), (gaps) => {
      let bucket: Bucket | undefined;
      let nowMs = 0;
      for (const gap of gaps) {
        nowMs += gap;
        const { bucket: after, taken } = takeOne(bucket, LIMIT, nowMs);
        if (!taken.isAllowed) {
          const later = takeOne(after, LIMIT, nowMs + taken.retryAfterSeconds * 1000);
          expect(later.taken.isAllowed).toBe(true);
          expect(taken.retryAfterSeconds).toBeGreaterThanOrEqual(1);
        }
        bucket = after;
      }
    }),
  );
});

test("never allows more than the burst and what was refilled, whatever the clock does", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -30_000, max: 30_000 }), { maxLength: 60 }), (steps) => {
      let nowMs = 0;
      let latestMs = 0;
      const times = steps.map((step) => {
        nowMs = Math.max(0, nowMs + step);
        latestMs = Math.max(latestMs, nowMs);
        return nowMs;
      });
      const firstMs = times[0] ?? 0;
      const allowed = takeAt(times).filter(Boolean).length;
      expect(allowed).toBeLessThanOrEqual(LIMIT.burst + (latestMs - firstMs) / LIMIT.refillMs);
    }),
  );
});

test("is forgotten when it is full again", () => {
  const { bucket } = takeOne(undefined, LIMIT, 5_000);
  expect(fullAtMs(bucket, LIMIT)).toBe(15_000);
});
