import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { AuthsignalProblem } from "../../../src/authsignal/port.ts";
import { fail, ok, type Result } from "../../../src/http/result.ts";
import type { ChallengeView, Settlement } from "../../../src/ledger/port.ts";
import { lookAtReview, refreshSeconds, type ReviewPorts } from "../../../src/stepup/review.ts";
import { principalOf } from "../identity/fixtures.ts";
import { challengeView } from "./fixtures.ts";

/** Looks at a review about which Authsignal says so; gives what was settled, recorded and asked. */
async function look(
  said: Result<string, AuthsignalProblem>,
  changes: Partial<ChallengeView> = {},
  mayAsk = true,
) {
  const settled: Settlement[] = [];
  const recorded: AuditEntry[] = [];
  let asked = 0;
  const ports = {
    ledger: {
      mayAsk: async () => mayAsk,
      settle: async (_facts: unknown, _id: unknown, outcome: Settlement) => {
        settled.push(outcome);
        return outcome.state;
      },
    },
    authsignal: {
      stateOf: async () => {
        asked += 1;
        return said;
      },
    },
    record: (entry: AuditEntry) => recorded.push(entry),
  } as unknown as ReviewPorts; // the parts that a look needs
  const state = await lookAtReview("r", principalOf(), challengeView({ kind: "review", ...changes }), ports);
  return { state, settled, recorded, asked };
}

describe("a look at a review", () => {
  it("ends it well by REVIEW_SUCCEEDED alone, without a method", async () => {
    expect(await look(ok("REVIEW_SUCCEEDED"))).toMatchObject({
      state: "succeeded",
      settled: [{ state: "succeeded", verificationMethod: undefined }],
      recorded: [{ event: "completed", reason: "review" }],
    });
    for (const other of [
      "review_succeeded",
      "ALLOW",
      "CHALLENGE_SUCCEEDED",
      "REVIEW_FAILED",
      "BLOCK",
      "",
      "x",
    ]) {
      expect(await look(ok(other))).toMatchObject({
        state: "failed",
        settled: [{ state: "failed", failure: "review_refused" }],
        recorded: [{ event: "refused", reason: "review_refused" }],
      });
    }
  });

  it("changes nothing while it waits, and when Authsignal cannot be asked", async () => {
    for (const said of [ok("REVIEW_REQUIRED"), fail({ reason: "timeout" as const })]) {
      expect(await look(said)).toEqual({ state: "pending", settled: [], recorded: [], asked: 1 });
    }
  });

  it("asks only when it is time, and only about a review that waits", async () => {
    const success = ok("REVIEW_SUCCEEDED");
    expect(await look(success, {}, false)).toMatchObject({ state: "pending", settled: [], asked: 0 });
    expect(await look(success, { state: "expired" })).toMatchObject({ state: "expired", asked: 0 });
    expect(await look(success, { kind: "step-up" })).toMatchObject({ state: "pending", asked: 0 });
  });
});

it("the page that waits looks again after five seconds, and less often the longer it waits", () => {
  const after = (seconds: number) => refreshSeconds(challengeView({ createdAtMs: 0 }), seconds * 1000);
  expect([0, 49, 100, 300, 600, 86_400].map(after)).toEqual([5, 5, 10, 30, 60, 60]);
});
