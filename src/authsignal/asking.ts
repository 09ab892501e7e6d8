import { fail, ok, type Result } from "../http/result.ts";
import type { AuthsignalProblem } from "./port.ts";

/** Asks, with whatever is tried again, all within the deadline. */
export async function withDeadline(
  deadlineMs: number,
  question: (isOver: () => boolean) => Promise<Result<unknown, AuthsignalProblem>>,
): Promise<Result<unknown, AuthsignalProblem>> {
  const deadline = Promise.withResolvers<Result<never, AuthsignalProblem>>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    deadline.resolve(fail({ reason: "timeout" }));
  }, deadlineMs);
  try {
    return await Promise.race([question(() => isOver), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks once, and once more if the connection failed: with the same idempotency key that is safe. A question that was
 * answered for by the deadline is not asked again.
 */
export async function askTwice(
  question: () => Promise<unknown>,
  isOver: () => boolean,
): Promise<Result<unknown, AuthsignalProblem>> {
  const first = await attempt(question);
  const again = !first.ok && first.error.reason === "unreachable" && !isOver();
  return again ? attempt(question) : first;
}

async function attempt(question: () => Promise<unknown>): Promise<Result<unknown, AuthsignalProblem>> {
  try {
    return ok(await question());
  } catch (error) {
    // Nothing of the error but its status is read: it carries the request, and with it the secret.
    const { statusCode, errorCode } = error as { statusCode?: unknown; errorCode?: unknown };
    const answered = typeof statusCode === "number" && errorCode !== "unexpected_error";
    return fail(answered ? { reason: "refused", status: statusCode } : { reason: "unreachable" });
  }
}
