import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { Factor } from "../../../src/authsignal/factor.ts";
import type { AuthsignalProblem, Validated } from "../../../src/authsignal/port.ts";
import { fail, ok, type Result } from "../../../src/http/result.ts";
import type { ChallengeState, ChallengeView, Settlement } from "../../../src/ledger/port.ts";
import { completeChallenge, judgeValidation } from "../../../src/stepup/complete.ts";
import { countsFor } from "../../../src/ledger/counting.ts";
import { principalOf, SUB } from "../identity/fixtures.ts";
import { challengeId, challengeView } from "./fixtures.ts";

const GOOD: Validated = {
  state: "CHALLENGE_SUCCEEDED",
  userId: SUB,
  action: "transfer",
  idempotencyKey: challengeId(),
  verificationMethod: "EMAIL_OTP",
};
const NOW_MS = 1_000_000_000;
const notAsked = () => Promise.reject(new Error("must not be asked"));
const kindOf = (changes: Partial<Validated>, methods?: readonly string[]) =>
  judgeValidation({ ...GOOD, ...changes }, challengeView(), SUB, (method) => countsFor(methods, method)).kind;

describe("what a result token says of a challenge", () => {
  it("is success for the same user, action and challenge", () => {
    expect(judgeValidation(GOOD, challengeView(), SUB, () => true)).toEqual({
      kind: "succeeded",
      verificationMethod: "EMAIL_OTP",
    });
  });

  const FOREIGN: Partial<Validated>[] = [];
  for (const userId of [SUB, "b0b00000-5a11-4b0f-8000-000000000002", SUB.toUpperCase(), "", undefined]) {
    for (const action of ["transfer", "Transfer", "add-payee", "", undefined]) {
      for (const idempotencyKey of [challengeId(), "0c0ffee0-0000-4000-8000-000000000002", "", undefined]) {
        if (userId !== SUB || action !== "transfer" || idempotencyKey !== challengeId()) {
          FOREIGN.push({ userId, action, idempotencyKey });
        }
      }
    }
  }
  it.each(FOREIGN)("is nothing for $userId, $action, $idempotencyKey, whatever its state", (changes) => {
    for (const state of ["CHALLENGE_SUCCEEDED", "CHALLENGE_REQUIRED", "CHALLENGE_FAILED", "BLOCK", "ALLOW"]) {
      expect(kindOf({ ...changes, state })).toBe("foreign");
    }
  });

  it.each([
    ["CHALLENGE_REQUIRED", "unfinished"],
    ["ALLOW", "unfinished"],
    ["BLOCK", "failed"],
    ["CHALLENGE_FAILED", "failed"],
    ["REVIEW_REQUIRED", "failed"],
    ["REVIEW_FAILED", "failed"],
    ["REVIEW_SUCCEEDED", "foreign"],
    ["challenge_succeeded", "foreign"],
    ["SUCCEEDED", "foreign"],
    ["", "foreign"],
    [undefined, "foreign"],
  ])("by its state %s is %s", (state, kind) => {
    expect(kindOf({ state })).toBe(kind);
  });

  it("by its method counts where the route lists it", () => {
    expect(kindOf({}, ["EMAIL_OTP", "PASSKEY"])).toBe("succeeded");
    expect(kindOf({}, ["PASSKEY"])).toBe("wrong_method");
    expect(kindOf({}, [])).toBe("wrong_method");
    expect(kindOf({ verificationMethod: undefined }, ["EMAIL_OTP"])).toBe("wrong_method");
    expect(kindOf({ verificationMethod: undefined })).toBe("succeeded");
  });
});

describe("completing", () => {
  /** Completes with an Authsignal that answers so; gives what was settled and recorded beside the outcome. */
  async function complete(
    validated: Result<Validated, AuthsignalProblem>,
    options: {
      readonly challenge?: Partial<ChallengeView>;
      readonly leaving?: boolean;
      readonly token?: string;
      readonly startToken?: string | undefined;
      readonly methods?: readonly string[];
      readonly factorAgeSeconds?: number;
      readonly factor?: Result<Factor, AuthsignalProblem>;
    } = {},
  ) {
    const settled: Settlement[] = [];
    const recorded: AuditEntry[] = [];
    let asked = 0;
    const ledger = {
      settle: async (_facts: unknown, _id: unknown, outcome: Settlement): Promise<ChallengeState> => {
        settled.push(outcome);
        return outcome.state;
      },
    };
    const outcome = await completeChallenge(
      {
        requestId: "request",
        principal: principalOf(),
        challenge: challengeView(options.challenge),
        token: options.token ?? "head.result.signature",
        startToken: "startToken" in options ? options.startToken : "head.start.signature",
        demand: {
          methods: options.methods,
          factorAgeSeconds: options.factorAgeSeconds,
          acceptsUnproven: true,
        },
        leaving: options.leaving ?? false,
      },
      {
        // Only `settle` is called here; the other methods are the ledger's own tests' matter.
        ledger: ledger as Parameters<typeof completeChallenge>[1]["ledger"],
        authsignal: {
          track: notAsked,
          force: notAsked,
          stateOf: notAsked,
          factorOf: async () => options.factor ?? notAsked(),
          validate: async () => {
            asked += 1;
            return validated;
          },
        },
        record: (entry) => recorded.push(entry),
        nowMs: () => NOW_MS,
      },
    );
    return { outcome, settled, recorded, asked };
  }

  it("settles a success with its method", async () => {
    const { outcome, settled, recorded } = await complete(ok(GOOD));
    expect([outcome, settled]).toEqual([
      ok("succeeded"),
      [{ state: "succeeded", verificationMethod: "EMAIL_OTP" }],
    ]);
    expect(recorded).toMatchObject([{ event: "completed", verificationMethod: "EMAIL_OTP" }]);
    expect(JSON.stringify(recorded)).not.toContain("signature");
  });

  it("is not done by the starter's own token, however its signature is spelled, or when that is unknown", async () => {
    for (const options of [
      { token: "head.start.signature" },
      { token: "head.start.signaturf" },
      { startToken: undefined },
    ]) {
      expect(await complete(ok(GOOD), options)).toMatchObject({
        outcome: fail("challenge_refused"),
        settled: [],
      });
    }
  });

  it("asks and changes nothing once the challenge is no longer pending", async () => {
    for (const state of [
      "succeeded",
      "consumed",
      "delivered",
      "uncertain",
      "cancelled",
      "failed",
      "expired",
      "superseded",
    ] as const) {
      expect(await complete(ok(GOOD), { challenge: { state } })).toMatchObject({
        outcome: ok(state),
        settled: [],
        asked: 0,
      });
    }
  });

  it("is put off while unfinished, and cancelled when the person comes back so", async () => {
    const unfinished = ok({ ...GOOD, state: "CHALLENGE_REQUIRED" });
    expect(await complete(unfinished)).toMatchObject({ outcome: fail("challenge_pending"), settled: [] });
    expect(await complete(unfinished, { leaving: true })).toMatchObject({ outcome: ok("cancelled") });
  });

  it("fails by a failure or by a method that does not count", async () => {
    expect(await complete(ok({ ...GOOD, state: "CHALLENGE_FAILED" }))).toMatchObject({
      outcome: ok("failed"),
    });
    expect(await complete(ok(GOOD), { methods: ["PASSKEY"] })).toMatchObject({ outcome: ok("failed") });
    const enrolment = { challenge: { kind: "enrolment" as const }, methods: ["PASSKEY"] };
    expect(await complete(ok(GOOD), enrolment)).toMatchObject({ outcome: ok("succeeded") });
  });

  it("says why it failed, for who wants to do better", async () => {
    const failed = (failure: string) => [{ state: "failed", failure }];
    expect((await complete(ok({ ...GOOD, state: "BLOCK" }))).settled).toEqual(failed("not_passed"));
    expect((await complete(ok(GOOD), { methods: ["PASSKEY"] })).settled).toEqual(failed("wrong_method"));
  });

  it("by an authenticator that is too new fails, and one of unknown age is too new", async () => {
    const factorAgeSeconds = 3_600;
    const of = (sinceMs: number | undefined) => ({ factorAgeSeconds, factor: ok({ sinceMs }) });
    for (const sinceMs of [undefined, NOW_MS, NOW_MS - 3_599_999, NOW_MS + 1]) {
      const { outcome, settled, recorded } = await complete(ok(GOOD), of(sinceMs));
      expect([outcome, settled]).toEqual([ok("failed"), [{ state: "failed", failure: "factor_too_new" }]]);
      expect(recorded).toMatchObject([{ event: "refused", reason: "factor_too_new" }]);
    }
    const since = NOW_MS - 3_600_000;
    expect(await complete(ok(GOOD), of(since))).toMatchObject({
      outcome: ok("succeeded"),
      settled: [{ state: "succeeded", factorSinceMs: since }],
    });
    const enrolment = { ...of(undefined), challenge: { kind: "enrolment" as const } };
    expect(await complete(ok(GOOD), enrolment)).toMatchObject({ outcome: ok("succeeded") });
  });

  it("waits when the age of the authenticator cannot be learned", async () => {
    const unknown = { factorAgeSeconds: 3_600, factor: fail({ reason: "timeout" as const }) };
    expect(await complete(ok(GOOD), unknown)).toMatchObject({
      outcome: fail("step_up_unavailable"),
      settled: [],
    });
  });

  it("a review is nothing that a person can do", async () => {
    const review = { challenge: { kind: "review" as const } };
    expect(await complete(ok(GOOD), review)).toMatchObject({
      outcome: fail("challenge_refused"),
      settled: [],
      asked: 0,
    });
  });

  it("changes nothing by a stranger's token, or when Authsignal cannot be asked", async () => {
    expect(await complete(ok({ ...GOOD, userId: "other" }))).toMatchObject({
      outcome: fail("challenge_refused"),
      settled: [],
    });
    for (const reason of ["timeout", "unreachable", "bad_answer"] as const) {
      expect(await complete(fail({ reason }))).toMatchObject({
        outcome: fail("step_up_unavailable"),
        settled: [],
      });
    }
  });
});
