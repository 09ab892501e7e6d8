import { randomInt } from "node:crypto";
import type { Pool } from "../pool.ts";
import type { VerificationCode } from "../store.ts";
import type { ApiError } from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";

const CODE_LIMIT = 1_000_000;
const CODE_DIGITS = 6;
const CODE_MS = 24 * 60 * 60 * 1000;
const MAX_FAILURES = 5;

type Purpose = VerificationCode["purpose"];

const SUBJECTS: Readonly<Record<Purpose, string>> = {
  confirm: "Your verification code",
  email: "Your verification code",
  password: "Your password reset code",
};

/** Where a code went, as answers describe it: the address is masked. */
export interface CodeDelivery {
  readonly AttributeName: string;
  readonly DeliveryMedium: "EMAIL";
  readonly Destination: string;
}

/** Sends a fresh code to the user's e-mail address; it replaces the one before. */
export function sendCode(pool: Pool, user: User, purpose: Purpose): CodeDelivery {
  const to = user.attributes["email"] ?? "";
  const code = String(randomInt(CODE_LIMIT)).padStart(CODE_DIGITS, "0");
  const expiresAtMs = pool.now() + CODE_MS;
  pool.store.verificationCodes.set(keyOf(user, purpose), { purpose, code, expiresAtMs, failures: 0 });
  pool.inbox.send({
    to,
    username: user.username,
    subject: SUBJECTS[purpose],
    text: `Your code is ${code}`,
    code,
    sentAtMs: pool.now(),
  });
  return { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: masked(to) };
}

/** What a user who does not exist is told, where existence is hidden. */
export function decoyDelivery(username: string): CodeDelivery {
  return { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: masked(`${username}@e`) };
}

/** Uses up the code if it is the right one. */
export function codeProblem(pool: Pool, user: User, purpose: Purpose, code: string): ApiError | undefined {
  const key = keyOf(user, purpose);
  const sent = pool.store.verificationCodes.get(key);
  if (sent === undefined || pool.now() >= sent.expiresAtMs) {
    return EXPIRED_CODE;
  }
  if (sent.failures >= MAX_FAILURES) {
    return {
      error: "LimitExceededException",
      message: "Attempt limit exceeded, please try after some time.",
    };
  }
  if (sent.code !== code.trim()) {
    sent.failures += 1;
    return {
      error: "CodeMismatchException",
      message: "Invalid verification code provided, please try again.",
    };
  }
  pool.store.verificationCodes.delete(key);
  return undefined;
}

/** Also what an unknown user's code gives, where existence is hidden. */
export const EXPIRED_CODE: ApiError = {
  error: "ExpiredCodeException",
  message: "Invalid code provided, please request a code again.",
};

function keyOf(user: User, purpose: Purpose): string {
  return `${purpose} ${user.sub}`;
}

/** `alice@example.com` is `a***@e***`. */
function masked(address: string): string {
  const [name = "", host = ""] = address.split("@");
  return `${name.charAt(0)}***@${host.charAt(0)}***`;
}
