import { expect, it } from "vitest";
import { stateAt } from "../../../src/ledger/transitions.ts";

const MAX_ORIGIN_TIMEOUT_MS = 600_000;

it("leaves a request that may still be under way consumed: it cannot be sent again yet", () => {
  const stored = { state: "consumed", expiresAtMs: 1, consumedAtMs: 1_000 } as const;
  expect(stateAt(stored, 1_000 + MAX_ORIGIN_TIMEOUT_MS)).toBe("consumed");
  expect(stateAt(stored, 1_000 + 2 * MAX_ORIGIN_TIMEOUT_MS)).toBe("uncertain");
});
