/** What a condition can read of an event; a name that the event does not have is null, as JsonLogic says. */
export const EVENT_FIELDS = [
  "id",
  "type",
  "time",
  "tenantId",
  "userId",
  "action",
  "idempotencyKey",
  "verificationMethod",
  "authenticatorId",
  "state",
  "outcome",
  "challengeType",
  "countryCode",
] as const;
export type EventField = (typeof EVENT_FIELDS)[number];

/**
 * JsonLogic's operators that need neither arithmetic nor loops, so that a condition costs little, whatever it says; with
 * the least and the most operands that each takes.
 */
const OPERATORS: Readonly<Record<string, readonly [number, number]>> = {
  var: [1, 1],
  "==": [2, 2],
  "===": [2, 2],
  "!=": [2, 2],
  "!==": [2, 2],
  "<": [2, 3],
  "<=": [2, 3],
  ">": [2, 2],
  ">=": [2, 2],
  in: [2, 2],
  and: [1, Number.POSITIVE_INFINITY],
  or: [1, Number.POSITIVE_INFINITY],
  "!": [1, 1],
  "!!": [1, 1],
};
const MAX_DEPTH = 16;
const MAX_PARTS = 200;

/**
 * The end of a sentence that says what is wrong with a JsonLogic condition, or nothing. Pure; evaluates nothing, so
 * that what only checks policies needs no engine.
 */
export function problemWithCondition(condition: unknown): string | undefined {
  const parts = { left: MAX_PARTS };
  return problemIn(condition, 0, parts);
}

function problemIn(value: unknown, depth: number, parts: { left: number }): string | undefined {
  parts.left -= 1;
  if (depth > MAX_DEPTH || parts.left < 0) {
    return `must be nested at most ${MAX_DEPTH} levels deep and have at most ${MAX_PARTS} parts`;
  }
  if (Array.isArray(value)) {
    return firstProblem(value, depth, parts);
  }
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) {
    return "must have one JsonLogic operator in each of its objects";
  }
  const [operator, given]: [string, unknown] = entry;
  const counts = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (counts === undefined) {
    const known = Object.keys(OPERATORS).join(" ");
    return `must use the operators ${known} only, and ${JSON.stringify(operator)} is none`;
  }
  const operands: readonly unknown[] = Array.isArray(given) ? given : [given];
  const [least, most] = counts;
  if (operands.length < least || operands.length > most) {
    const count = least === most ? `${least}` : `${least} or more`;
    return `must give the operator ${operator} ${count} operands, and has ${operands.length}`;
  }
  return operator === "var" ? problemWithName(operands[0]) : firstProblem(operands, depth, parts);
}

function firstProblem(
  operands: readonly unknown[],
  depth: number,
  parts: { left: number },
): string | undefined {
  for (const operand of operands) {
    const problem = problemIn(operand, depth + 1, parts);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

/** A misspelt name would read null for ever. */
function problemWithName(name: unknown): string | undefined {
  return EVENT_FIELDS.some((field) => field === name)
    ? undefined
    : `must read fields of the event (${EVENT_FIELDS.join(", ")}), and ${JSON.stringify(name)} is none`;
}
