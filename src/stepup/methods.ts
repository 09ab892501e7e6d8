/** Verification methods in a person's words; the rest is shown as Authsignal names it. */
const WORDS: Readonly<Record<string, string>> = {
  SMS: "a code by text message",
  WHATSAPP: "a code by WhatsApp",
  EMAIL_OTP: "a code by e-mail",
  EMAIL_MAGIC_LINK: "a link by e-mail",
  AUTHENTICATOR_APP: "an authenticator app",
  PASSKEY: "a passkey",
  SECURITY_KEY: "a security key",
  PUSH: "a push notification",
  QR_CODE: "a QR code",
  RECOVERY_CODE: "a recovery code",
  IN_APP: "the app on your phone",
};

/** Names methods as a sentence does: "a passkey or an authenticator app". */
export function nameMethods(methods: readonly string[]): string {
  const words = methods.map((method) => WORDS[method] ?? method);
  const last = words.at(-1) ?? "another method";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** A time as a sentence says it: "24 hours" for a day, "90 minutes" for an hour and a half. */
export function nameSeconds(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= 2 * size && seconds % size === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
