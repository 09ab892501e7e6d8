import { fc } from "../../support/properties.ts";
import { it } from "vitest";

export { fc };

const DEFAULT_RUNS = 500;
const TIMEOUT_MS = 60_000;

/** Declares one property: what holds for every value that the arbitrary gives. */
export function test<T>(
  name: string,
  values: fc.Arbitrary<T>,
  holds: (value: T) => void,
  runs = DEFAULT_RUNS,
): void {
  it(name, { timeout: TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(values, (value) => {
        holds(value);
      }),
      { numRuns: runs },
    );
  });
}
