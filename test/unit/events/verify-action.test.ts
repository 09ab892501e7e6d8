import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Verifying } from "../../../src/ledger/port.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { verdictOn, type OnFailure } from "../../../workers/webhooks/verify-action.ts";
import { readOne, SUB, wireEvent } from "./fixtures.ts";

const PARSED = parsePolicy(
  JSON.stringify({
    version: 1,
    default: { require: "sign-in" },
    routes: [
      {
        id: "transfer",
        match: { methods: ["POST"], path: "/transfer" },
        require: "step-up",
        action: "transfer",
        unenrolled: "enroll",
      },
    ],
    reactions: [],
  }),
);
const CHALLENGE = "5f9d2b9e-0000-4000-8000-000000000003";

const verdict = async (
  verifying: () => Promise<Verifying>,
  options: { onFailure?: OnFailure; action?: string; idempotencyKey?: string } = {},
) => {
  const { onFailure = "refuse", action = "transfer", idempotencyKey = CHALLENGE } = options;
  const event = await readOne(
    wireEvent({ type: "action.verify", data: { userId: SUB, action, idempotencyKey } }),
  );
  if (event.kind !== "action-verify" || !PARSED.ok) {
    throw new Error("the fixture is wrong");
  }
  return verdictOn(event, PARSED.value, () => ({ verifying }), onFailure);
};
const never = () => new Promise<Verifying>(() => undefined);

describe("the verdict on action.verify", () => {
  it.each([
    ["open", { accepted: true }],
    ["over", { accepted: false, reason: "the challenge is over" }],
    ["unknown", { accepted: false, reason: "unknown challenge" }],
  ] as const)(
    "of a challenge that is %s is the ledger's, whatever is set for its failure",
    async (state, expected) => {
      for (const onFailure of ["refuse", "accept"] as const) {
        expect(await verdict(async () => state, { onFailure })).toEqual(expected);
      }
    },
  );

  it("of what the gateway does not start asks no ledger", async () => {
    const asked = vi.fn(never);
    expect(await verdict(asked, { action: "cognitoAuth" })).toEqual({ accepted: true });
    expect(await verdict(asked, { idempotencyKey: "../x", onFailure: "accept" })).toMatchObject({
      accepted: false,
    });
    expect(asked).not.toHaveBeenCalled();
  });

  describe("without an answer of the ledger", () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each(["refuse", "accept"] as const)(
      "is what is set (%s), at once when it fails",
      async (onFailure) => {
        const expected = { accepted: onFailure === "accept", reason: "the ledger did not answer" };
        expect(await verdict(() => Promise.reject(new Error("storage")), { onFailure })).toEqual(expected);
        expect(vi.getTimerCount()).toBe(0);
      },
    );

    it.each(["refuse", "accept"] as const)(
      "is what is set (%s), in 0.7 s when it hangs",
      async (onFailure) => {
        let given: unknown;
        void verdict(never, { onFailure }).then((value) => {
          given = value;
        });
        await vi.advanceTimersByTimeAsync(699);
        expect(given).toBeUndefined();
        await vi.advanceTimersByTimeAsync(1);
        expect(given).toEqual({ accepted: onFailure === "accept", reason: "the ledger did not answer" });
      },
    );
  });
});
