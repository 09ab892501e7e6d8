import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Verifying } from "../../../src/ledger/port.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { answerVerify, verdictOn, type OnFailure } from "../../../workers/webhooks/verify-action.ts";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { Policy } from "../../../src/policy/parse.ts";
import { readOne, SUB, wireEvent } from "./fixtures.ts";
import { memoryLedger } from "./memory-ledger.ts";

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
    reactions: [{ id: "verified", on: ["action.verify"], do: ["end-grants", "alert"] }],
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
      "is what is set (%s), in 0.4 s when it hangs",
      async (onFailure) => {
        let given: unknown;
        void verdict(never, { onFailure }).then((value) => {
          given = value;
        });
        await vi.advanceTimersByTimeAsync(399);
        expect(given).toBeUndefined();
        await vi.advanceTimersByTimeAsync(1);
        expect(given).toEqual({ accepted: onFailure === "accept", reason: "the ledger did not answer" });
      },
    );
  });
});

describe("the answer to action.verify", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function answer(
    options: {
      policy?: Policy | Promise<Policy | undefined> | undefined;
      verifying?: () => Promise<Verifying>;
      react?: () => Promise<void>;
      sendBatch?: () => Promise<void>;
      onFailure?: OnFailure;
    } = {},
  ) {
    const event = await readOne(
      wireEvent({
        type: "action.verify",
        data: { userId: SUB, action: "transfer", idempotencyKey: CHALLENGE },
      }),
    );
    if (event.kind !== "action-verify" || !PARSED.ok) {
      throw new Error("the fixture is wrong");
    }
    const { value: policy } = PARSED;
    const { ledger, applied } = memoryLedger(options.react && { before: options.react });
    const queued: string[] = [];
    const entries: AuditEntry[] = [];
    let given: boolean | undefined;
    const answered = answerVerify(
      event,
      "request-1",
      {
        policies: { current: () => ("policy" in options ? options.policy : policy) },
        record: (entry) => entries.push(entry),
        verifyOnFailure: options.onFailure ?? "refuse",
      },
      {
        ledgerOf: () => ({ ...ledger, verifying: options.verifying ?? (async () => "open") }),
        queue: {
          async sendBatch(messages) {
            await options.sendBatch?.();
            queued.push(...messages.map(({ body }) => body.id));
          },
        },
        later: () => undefined,
      },
    ).then((value) => {
      given = value;
    });
    return {
      given: () => given,
      done: answered,
      queued,
      applied,
      reasons: () => entries.map(({ reason }) => reason),
    };
  }

  it.each(["open", "over"] as const)(
    "applies at once what the policy does about it, and queues it, also of a challenge that is %s",
    async (state) => {
      const { done, given, queued, applied } = await answer({ verifying: async () => state });
      await done;
      expect(given()).toBe(state === "open");
      expect(applied).toEqual([expect.stringMatching(/^end-grants:.*\/verified$/)]);
      expect(queued).toHaveLength(1);
    },
  );

  it("asks the ledger before a reaction changes it, here or out of the queue", async () => {
    const order: string[] = [];
    const { done } = await answer({
      verifying: async () => {
        order.push("verifying");
        return "open";
      },
      react: async () => void order.push("react"),
      sendBatch: async () => void order.push("queue"),
    });
    await done;
    expect(order[0]).toBe("verifying");
    expect(order.toSorted()).toEqual(["queue", "react", "verifying"]);
  });

  it("does not depend on the queue, and records that it did not take the event", async () => {
    const { done, given, reasons } = await answer({ sendBatch: () => Promise.reject(new Error("storage")) });
    await done;
    expect(given()).toBe(true);
    expect(reasons()).toContain("not_durable");
  });

  it.each([
    ["unknown", "refuse", false, "no policy can be used"],
    ["unknown", "accept", true, "no policy can be used"],
    ["over", "accept", false, "the challenge is over"],
    ["open", "refuse", true, undefined],
  ] as const)(
    "while no policy can be used, of a challenge that is %s with %s set, is %j, and the event is queued",
    async (state, onFailure, accepted, reason) => {
      const verifying = async () => state;
      const { done, given, queued, reasons } = await answer({ policy: undefined, verifying, onFailure });
      await done;
      expect(given()).toBe(accepted);
      expect(reasons()).toEqual(reason === undefined ? [] : [`action.verify: ${reason}`]);
      expect(queued).toHaveLength(1);
    },
  );

  it("is there within a second whatever hangs", async () => {
    const hung = () => new Promise<never>(() => undefined);
    const policy = new Promise<Policy | undefined>((resolve) => {
      setTimeout(() => resolve(PARSED.ok ? PARSED.value : undefined), 390);
    });
    const { given } = await answer({ policy, verifying: hung, react: hung, sendBatch: hung });
    await vi.advanceTimersByTimeAsync(949);
    expect(given()).toBe(false);
    const noPolicy = await answer({ policy: hung(), verifying: async () => "unknown" });
    await vi.advanceTimersByTimeAsync(400);
    expect(noPolicy.given()).toBe(false);
  });
});
