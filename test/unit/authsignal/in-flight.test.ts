import { describe, expect, it } from "vitest";
import { inFlight } from "../../../src/authsignal/in-flight.ts";

const LONGEST_MS = 3_000;

describe("the bound on calls in flight", () => {
  it("takes as many as may be, and one more for each that ends", () => {
    const calls = inFlight(2, LONGEST_MS);
    const end = calls.begin(0);
    expect(end).toBeTypeOf("function");
    expect(calls.begin(0)).toBeTypeOf("function");
    expect(calls.begin(0)).toBeUndefined();
    end?.();
    end?.();
    expect(calls.begin(0)).toBeTypeOf("function");
    expect(calls.begin(0)).toBeUndefined();
  });

  it("forgets calls that can no longer be under way: their requests were abandoned", () => {
    const calls = inFlight(2, LONGEST_MS);
    calls.begin(0);
    calls.begin(1_000);
    expect(calls.begin(2_999)).toBeUndefined();
    expect(calls.begin(3_000)).toBeTypeOf("function");
    expect(calls.begin(3_000)).toBeUndefined();
    expect(calls.begin(4_000)).toBeTypeOf("function");
  });
});
