import { COOKIE_PREFIX, readCookie } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import type { Principal } from "../identity/principal.ts";
import { parseChallengeId, type ChallengeId } from "../ledger/port.ts";

/** The cookie that marks a POST as a possible return; it lives just long enough for the page to post itself. */
export const RESUME_COOKIE = `${COOKIE_PREFIX}resume`;
export const RESUME_COOKIE_SECONDS = 60;
/** The one form field of a return. */
export const TICKET_FIELD = "sallyport-ticket";

const TICKET_CHARACTERS = 43;
const BODY_BYTES = TICKET_FIELD.length + 1 + TICKET_CHARACTERS;

/** The ticket that resumes a challenge: only the gateway can make it, for one user, session and challenge. */
export function ticketOf(keyring: Keyring, principal: Principal, id: ChallengeId): Promise<string> {
  return keyring.sign("resume", textOf(principal, id));
}

/** Whether a ticket is the one that `ticketOf` makes. */
export function isTicket(
  keyring: Keyring,
  principal: Principal,
  id: ChallengeId,
  ticket: string,
): Promise<boolean> {
  return keyring.verify("resume", textOf(principal, id), ticket);
}

/**
 * The challenge a request claims to return from, judged by its headers alone, so that the bodies of ordinary POSTs
 * are never read: marker cookie, urlencoded content type and the exact length must all agree (design decision 9).
 */
export function readMarker(request: Request): ChallengeId | undefined {
  const cookie = request.headers.get("cookie");
  if (request.method !== "POST" || cookie === null || !cookie.includes(RESUME_COOKIE)) {
    return undefined;
  }
  const urlencoded = request.headers.get("content-type") === "application/x-www-form-urlencoded";
  const exact = request.headers.get("content-length") === String(BODY_BYTES);
  return urlencoded && exact ? parseChallengeId(readCookie(cookie, RESUME_COOKIE)) : undefined;
}

/** The ticket in the body of a marked request; `undefined` when the body is something else of the same length. */
export function readTicket(body: Uint8Array): string | undefined {
  const match = new RegExp(`^${TICKET_FIELD}=([A-Za-z0-9_-]{${TICKET_CHARACTERS}})$`).exec(
    new TextDecoder().decode(body),
  );
  return match?.[1];
}

/** The longest body that can be a return. */
export const TICKET_BODY_BYTES = BODY_BYTES;

function textOf(principal: Principal, id: ChallengeId): string {
  return `${principal.sub}:${principal.session}:${id}`;
}
