import { MAX_CODE_CHECKS } from "../choices.ts";
import type { Method } from "../model.ts";
import type { Sending } from "../sending.ts";
import type { CheckResult } from "../verification.ts";
import type { PopupMessage } from "./layout.ts";
import type { Fields } from "./visit.ts";

/** What can be said above a form. The address carries the key; the words are only these. */
const PROBLEMS = {
  wrong: "That code is not right, or no longer valid. Check it and try again.",
  too_many: `Too many attempts. You can try ${MAX_CODE_CHECKS} codes in five minutes; wait a little, then try again.`,
  too_many_sent: "Too many codes were sent. Wait a few minutes, then ask for another.",
  too_many_links: "Too many links were sent. Wait a few minutes, then ask for another.",
  not_delivered: "The message could not be delivered. Try again, or choose another way.",
  bad_email: "Enter an e-mail address, like name@example.com.",
  bad_phone: "Enter a phone number with its country code, like +64 21 555 123.",
  not_yet: "There is no answer yet. Open the message, then come back here.",
  denied: "It was denied on the phone. If that was you by mistake, try again.",
  gone: "That took too long. Start again.",
  bad_passkey: "That did not work. Try again, or choose another way.",
  unknown_passkey: "This passkey does not belong to your account. Try another one.",
  refused: "It could not be confirmed just now. Try again in a moment.",
} as const;

export type Problem = keyof typeof PROBLEMS;

/** What the popup's embedder is told about a problem that is not the person's to mend. */
const API_ERRORS: Partial<Record<Problem, { errorCode: string; statusCode: number }>> = {
  too_many: { errorCode: "too_many_requests", statusCode: 429 },
  too_many_sent: { errorCode: "too_many_requests", statusCode: 429 },
  too_many_links: { errorCode: "too_many_requests", statusCode: 429 },
  not_delivered: { errorCode: "invalid_request", statusCode: 400 },
  bad_passkey: { errorCode: "invalid_credential", statusCode: 400 },
  unknown_passkey: { errorCode: "unknown_credential", statusCode: 400 },
};

/** The problem that an address names: the sentence, and the message for the embedder of a popup. */
export function problemOf(fields: Fields): {
  readonly problem: string | undefined;
  readonly message: PopupMessage | undefined;
} {
  const key = problemKey(fields.get("problem"));
  if (key === undefined) {
    return { problem: undefined, message: undefined };
  }
  const left = /^\d{1,2}$/.test(fields.get("left") ?? "") ? Number(fields.get("left")) : undefined;
  const apiError = API_ERRORS[key];
  return {
    problem:
      left === undefined ? PROBLEMS[key] : `${PROBLEMS[key]} ${left === 1 ? "1 try" : `${left} tries`} left.`,
    message: apiError === undefined ? undefined : { event: "AUTHSIGNAL_API_ERROR", ...apiError },
  };
}

/** The parameters that name a code that was not right. */
export function problemOfCode(result: Exclude<CheckResult, { kind: "right" }>): Record<string, string> {
  return result.kind === "wrong"
    ? { problem: "wrong" satisfies Problem, left: String(result.triesLeft) }
    : { problem: "too_many" satisfies Problem };
}

/** The parameters that say how the sending of a message went. */
export function outcomeOfSending(sending: Sending, method: Method): Record<string, string> {
  switch (sending) {
    case "sent":
      return { sent: "1" };
    case "too_many":
      return {
        problem: (method === "EMAIL_MAGIC_LINK" ? "too_many_links" : "too_many_sent") satisfies Problem,
      };
    case "failed":
      return { problem: "not_delivered" satisfies Problem };
    default:
      return sending satisfies never;
  }
}

function problemKey(key: string | undefined): Problem | undefined {
  // hasOwn shows that it is one of the keys.
  return key !== undefined && Object.hasOwn(PROBLEMS, key) ? (key as Problem) : undefined;
}
