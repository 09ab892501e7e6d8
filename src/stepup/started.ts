import { COOKIE_PREFIX, readCookie } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import type { ChallengeId } from "../ledger/port.ts";

/** Enough of the id that two tabs' challenges do not meet. */
const ID_CHARACTERS = 8;

/**
 * The cookie that says "this browser started this challenge". A session cookie can be copied, and then thief and victim
 * are one session: without this, what the thief starts is completed by the victim's own way back (design decision 7).
 */
export function startedCookieName(id: ChallengeId): string {
  return `${COOKIE_PREFIX}started-${id.slice(0, ID_CHARACTERS)}`;
}

/** Its value: only the gateway can make it. */
export function startedMark(keyring: Keyring, id: ChallengeId): Promise<string> {
  return keyring.sign("challenge", `started:${id}`);
}

/** Whether the browser that sends this `Cookie` header started the challenge. */
export async function wasStartedHere(
  keyring: Keyring,
  cookieHeader: string | null,
  id: ChallengeId,
): Promise<boolean> {
  const mark = readCookie(cookieHeader, startedCookieName(id));
  return mark !== undefined && keyring.verify("challenge", `started:${id}`, mark);
}
