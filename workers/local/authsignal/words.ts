import type { CustomData, Method, User, UserActionState } from "./model.ts";

const METHOD_NAMES: Readonly<Record<Method, string>> = {
  EMAIL_OTP: "E-mail code",
  AUTHENTICATOR_APP: "Authenticator app",
  PASSKEY: "Passkey",
  PUSH: "Push notification",
  SMS: "Text message code",
  WHATSAPP: "WhatsApp code",
  EMAIL_MAGIC_LINK: "E-mail link",
  SECURITY_KEY: "Security key",
  QR_CODE: "QR code",
};

const STATE_NAMES: Readonly<Record<UserActionState, string>> = {
  ALLOW: "Allowed",
  BLOCK: "Blocked",
  CHALLENGE_REQUIRED: "Challenge open",
  CHALLENGE_SUCCEEDED: "Challenge passed",
  CHALLENGE_FAILED: "Challenge failed",
  REVIEW_REQUIRED: "In review",
  REVIEW_SUCCEEDED: "Review passed",
  REVIEW_FAILED: "Review failed",
};

/** A verification method in words. */
export const methodName = (method: Method): string => METHOD_NAMES[method];
/** A state in words. */
export const stateName = (state: UserActionState): string => STATE_NAMES[state];

/** `add-payee` and `addPayee` become "Add payee". */
export function humanName(code: string): string {
  const words = code
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[-_]+/g, " ")
    .trim()
    .toLowerCase();
  return words === "" ? code : words.charAt(0).toUpperCase() + words.slice(1);
}

/** One custom value for reading: numbers grouped, truth as yes or no. */
export function humanValue(value: CustomData[string]): string {
  switch (typeof value) {
    case "number":
      return value.toLocaleString("en-GB");
    case "boolean":
      return value ? "yes" : "no";
    default:
      return value;
  }
}

/** What to call a user whose profile may be empty. */
export function userName(user: User | undefined, userId: string): string {
  return user?.displayName ?? user?.username ?? user?.email ?? userId;
}

/** `alice@example.com` becomes `al•••@example.com`. */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf("@");
  return `${email.slice(0, Math.min(2, at))}•••${email.slice(at)}`;
}

/** `+6421555123` becomes `+64•••23`. */
export function maskedPhone(phoneNumber: string): string {
  return phoneNumber.length < 8 ? "•••" : `${phoneNumber.slice(0, 3)}•••${phoneNumber.slice(-2)}`;
}
