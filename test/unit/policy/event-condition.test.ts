import { describe, expect, it } from "vitest";
import { problemWithCondition } from "../../../src/policy/event-condition.ts";
import { fc } from "./property.ts";

const nested = (levels: number): unknown => (levels === 0 ? { var: "state" } : { "!": [nested(levels - 1)] });

describe("a condition over events", () => {
  it.each([
    [{ "==": [{ var: "state" }, "BLOCK"] }],
    [{ in: [{ var: ["countryCode"] }, ["GB", "NZ"]] }],
    [nested(10)],
  ])("is taken: %j", (condition) => {
    expect(problemWithCondition(condition)).toBeUndefined();
  });

  it.each([
    [{}, "one JsonLogic operator"],
    [{ "==": [1, 1], "!=": [1, 1] }, "one JsonLogic operator"],
    [{ map: [[1], { "+": [1] }] }, '"map" is none'],
    [{ method: ["x", "constructor"] }, '"method" is none'],
    [{ "==": [{ var: "stat" }, "BLOCK"] }, '"stat" is none'],
    [{ "==": [{ var: "__proto__" }, null] }, '"__proto__" is none'],
    [{ "==": [{ var: ["state", "default"] }, null] }, "var 1 operands, and has 2"],
    [{ "==": [{ var: "state" }] }, "== 2 operands, and has 1"],
    [{ "==": "state" }, "== 2 operands, and has 1"],
    [{ and: [] }, "and 1 or more operands, and has 0"],
    [{ "==": [{ var: { var: "state" } }, null] }, "must read fields"],
    [{ "==": [{ var: "" }, null] }, "must read fields"],
    [nested(17), "at most 16 levels"],
    [{ in: ["x", Array.from({ length: 201 }, () => "x")] }, "at most 200 parts"],
  ])("is refused: %j", (condition, reason) => {
    expect(problemWithCondition(condition)).toContain(reason);
  });

  it("is read to the end whatever is in it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
        const problem = problemWithCondition(value);
        expect(problem === undefined || problem.startsWith("must ")).toBe(true);
      }),
    );
  });
});
