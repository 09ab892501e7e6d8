import type { AuthsignalProblem, Tracked } from "../authsignal/port.ts";
import type { SignInApi, SignInQuestion } from "../authsignal/sign-in.ts";
import type { Result } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import type { ClientContext } from "./client-context.ts";
import type { SignInClient } from "./config.ts";
import { keyOf, type Progress } from "./progress.ts";
import { verifiedAddressOf } from "./verified-address.ts";

/** A round in which Authsignal is asked. */
export type Round = Extract<Progress, { next: "challenge" }>;

type Attributes = Readonly<Record<string, string>>;

/** What Authsignal is asked about one round. Only addresses that Cognito has verified are passed on. */
export function questionOf(
  client: SignInClient,
  clientId: string,
  { nonce, round, firstFactor }: Round,
  sub: Sub,
  attributes: Attributes,
  { source, ...context }: ClientContext,
): SignInQuestion {
  const email = attributes["email_verified"] === "true" ? attributes["email"] : undefined;
  const phoneNumber = attributes["phone_number_verified"] === "true" ? attributes["phone_number"] : undefined;
  return {
    userId: sub,
    action: client.action,
    idempotencyKey: keyOf(nonce, round),
    ...(client.redirectUrl === undefined ? {} : { redirectUrl: client.redirectUrl }),
    ...(email === undefined ? {} : { email }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...context,
    custom: { clientId, firstFactor, deviceSource: source },
  };
}

/** A key of its own for the second question, of the same length: tokens carry it, and their length must not tell. */
export function afterEnrolment(key: string): string {
  return key.replace(/\d$/, (round) => "abcdefghij"[Number(round)] ?? round);
}

/**
 * Asks. With `verified-address`, an ALLOW is not taken as it is: an address is enrolled for who has no authenticator,
 * and then the question is put once more under a key of its own. That holds for users who are enrolled too: when
 * Cognito calls again after the enrolment, the first key still stands for the ALLOW of before.
 *
 * @returns the answer that counts, and its key.
 */
export async function askAuthsignal(
  authsignal: SignInApi,
  { unenrolled }: SignInClient,
  question: SignInQuestion,
  attributes: Attributes,
): Promise<Result<{ readonly tracked: Tracked; readonly key: string }, AuthsignalProblem>> {
  const key = question.idempotencyKey;
  const first = await authsignal.track(question);
  const address = verifiedAddressOf(attributes);
  if (
    !first.ok ||
    first.value.state !== "ALLOW" ||
    unenrolled !== "verified-address" ||
    address === undefined
  ) {
    return first.ok ? { ok: true, value: { tracked: first.value, key } } : first;
  }
  const enrolled = first.value.isEnrolled
    ? undefined
    : await authsignal.enrolAddress(question.userId, address);
  if (enrolled?.ok === false) {
    return enrolled;
  }
  const again = { ...question, idempotencyKey: afterEnrolment(key) };
  const second = await authsignal.track(again);
  return second.ok ? { ok: true, value: { tracked: second.value, key: again.idempotencyKey } } : second;
}
