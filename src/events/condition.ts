import { LogicEngine } from "json-logic-engine";
import type { AuthsignalEvent } from "./event.ts";
import { factsOf } from "./facts.ts";

const engine = engineOfConditions();

/**
 * Whether a condition of the policy holds for an event, as JsonLogic has it; a field that the event does not have is
 * null. Nothing is coerced: the fields are texts, and what differs in kind is not equal and in no order. So every
 * condition that the policy's schema lets through can be evaluated.
 */
export function holds(
  condition: Readonly<Record<string, unknown>> | undefined,
  event: AuthsignalEvent,
): boolean {
  return condition === undefined || Boolean(engine.run(condition, factsOf(event)));
}

/** Interpreted: no code is generated from a policy (workerd would refuse it anyway). */
function engineOfConditions(): LogicEngine {
  const logic = new LogicEngine(undefined, { disableInline: true, disableInterpretedOptimization: true });
  const define = (operator: string, evaluate: (operands: readonly unknown[]) => boolean): void => {
    logic.addMethod(operator, (operands: unknown) =>
      evaluate(Array.isArray(operands) ? operands : [operands]),
    );
  };
  for (const operator of ["==", "==="]) {
    define(operator, ([first, second]) => same(first, second));
  }
  for (const operator of ["!=", "!=="]) {
    define(operator, ([first, second]) => !same(first, second));
  }
  define("<", (operands) => areOrdered(operands, (first, second) => first < second));
  define("<=", (operands) => areOrdered(operands, (first, second) => first <= second));
  define(">", (operands) => areOrdered(operands, (first, second) => first > second));
  define(">=", (operands) => areOrdered(operands, (first, second) => first >= second));
  define("in", ([needle, haystack]) =>
    typeof haystack === "string"
      ? typeof needle === "string" && haystack.includes(needle)
      : Array.isArray(haystack) && haystack.some((entry) => same(entry, needle)),
  );
  return logic;
}

/** A field that is not there is null, however it is spelt. */
function same(first: unknown, second: unknown): boolean {
  return (first ?? null) === (second ?? null);
}

/** Of three operands the second is between the others. */
function areOrdered(
  operands: readonly unknown[],
  fits: (first: string | number, second: string | number) => boolean,
): boolean {
  return operands.slice(1).every((second, index) => {
    const first = operands[index];
    return (
      (typeof first === "string" && typeof second === "string" && fits(first, second)) ||
      (typeof first === "number" && typeof second === "number" && fits(first, second))
    );
  });
}
