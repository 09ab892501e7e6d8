import { describe, expect, it } from "vitest";
import { holds } from "../../../src/events/condition.ts";
import { factsOf } from "../../../src/events/facts.ts";
import { EVENT_FIELDS, problemWithCondition } from "../../../src/policy/event-condition.ts";
import { fc } from "../policy/property.ts";
import { EVENT_TIME, readOne, SUB, TENANT_ID, wireEvent, wireRecord } from "./fixtures.ts";

const actionLog = () => readOne({ records: [wireRecord()] });

describe("a condition over an event", () => {
  it.each([
    [{ "==": [{ var: "outcome" }, "BLOCK"] }, true],
    [{ "===": [{ var: "action" }, "add-payee"] }, false],
    [
      {
        and: [
          { "==": [{ var: "type" }, "action.log_created"] },
          { in: [{ var: "action" }, ["transfer", "pay"]] },
        ],
      },
      true,
    ],
    [{ or: [{ "==": [{ var: "state" }, "ALLOW"] }, { "!": { var: "countryCode" } }] }, true],
    [{ "!=": [{ var: "state" }, "BLOCK"] }, false],
    [{ "!!": [{ var: "idempotencyKey" }] }, true],
    [{ "<": [{ var: "time" }, "2026-11-24"] }, true],
    [{ in: ["trans", { var: "action" }] }, true],
    [{ "<=": ["2026-11-23", { var: "time" }, "2026-11-24"] }, true],
    [{ in: [{ var: "countryCode" }, ["GB"]] }, false],
    // Nothing is coerced.
    [{ "==": [{ "==": [{ var: "outcome" }, "BLOCK"] }, "true"] }, false],
    [{ "<": [{ var: "countryCode" }, "GB"] }, false],
    [{ "!": [{ "<": [{ var: "countryCode" }, "GB"] }] }, true],
    [{ "==": [0, ""] }, false],
    // A field that the event does not have is null.
    [{ "==": [{ var: "challengeType" }, null] }, true],
    [{ "==": [{ var: "challengeType" }, "SMS_SENT"] }, false],
  ])("%j is %s", async (condition, expected) => {
    expect(problemWithCondition(condition)).toBeUndefined();
    expect(holds(condition, await actionLog())).toBe(expected);
  });

  it("holds always where there is none", async () => {
    expect(holds(undefined, await actionLog())).toBe(true);
  });

  it("sees what Authsignal said, under Authsignal's names, and no address or code", async () => {
    expect(factsOf(await actionLog())).toEqual({
      id: expect.stringMatching(/^action-/),
      type: "action.log_created",
      time: EVENT_TIME,
      tenantId: TENANT_ID,
      userId: SUB,
      action: "transfer",
      idempotencyKey: "key-1",
      state: "BLOCK",
      outcome: "BLOCK",
    });
    expect(factsOf(await readOne(wireEvent()))).toMatchObject({ verificationMethod: "EMAIL_OTP" });
    const record = { userId: SUB, actionCode: "transfer", type: "SMS_SENT", phoneNumber: "+440000" };
    const sent = await readOne({ records: [wireRecord({ type: "challenge.log_created", record })] });
    expect(factsOf(sent)).toMatchObject({ challengeType: "SMS_SENT" });
    expect(JSON.stringify(factsOf(sent))).not.toContain("+44");
  });

  it("is evaluated whatever it says, once it was let through, and generates no code", async () => {
    const event = await actionLog();
    const leaf = fc.oneof(
      fc.constantFrom(...EVENT_FIELDS).map((name) => ({ var: name })),
      fc.constantFrom<unknown>("BLOCK", 1, null, true, [], ["BLOCK"]),
    );
    const { condition } = fc.letrec((tie) => ({
      operand: fc.oneof({ maxDepth: 4 }, leaf, tie("condition")),
      condition: fc
        .tuple(
          fc.constantFrom("==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "and", "or", "!", "!!"),
          fc.array(tie("operand"), { maxLength: 3 }),
        )
        .map(([operator, operands]) => ({ [operator]: operands })),
    }));
    const original = globalThis.Function;
    let generated = 0;
    globalThis.Function = new Proxy(original, {
      construct(target, parts) {
        generated += 1;
        return Reflect.construct(target, parts) as object;
      },
    });
    try {
      await fc.assert(
        fc.asyncProperty(condition, async (value) => {
          const given = value as Record<string, unknown>; // what the arbitrary makes is an object
          if (problemWithCondition(given) === undefined) {
            expect(typeof holds(given, event)).toBe("boolean");
          }
        }),
      );
    } finally {
      globalThis.Function = original;
    }
    expect(generated).toBe(0);
  });
});
