import { COOKIE_PREFIX, readCookie } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import type { Principal } from "../identity/principal.ts";
import { parseChallengeId, type ChallengeId } from "../ledger/port.ts";

/** The cookie that marks a POST as a possible return; it lives just long enough for the page to post itself. */
export const RESUME_COOKIE = `${COOKIE_PREFIX}resume`;
export const RESUME_COOKIE_SECONDS = 60;
/** The one form field of a return. */
export const TICKET_FIELD = "sallyport-ticket";

const ID_CHARACTERS = 36;
const PROOF_CHARACTERS = 43;
const BODY_BYTES = TICKET_FIELD.length + 1 + ID_CHARACTERS + 1 + PROOF_CHARACTERS;
const TICKET = new RegExp(`^([0-9a-f-]{${ID_CHARACTERS}})\\.([A-Za-z0-9_-]{${PROOF_CHARACTERS}})$`);

/** What a returning form carries: which challenge, so that two tabs do not spoil each other's, and the proof of it. */
export interface Ticket {
  readonly id: ChallengeId;
  readonly proof: string;
}

/** The ticket that resumes a challenge: only the gateway can make it, for one user, session and challenge. */
export async function ticketOf(keyring: Keyring, principal: Principal, id: ChallengeId): Promise<string> {
  return `${id}.${await keyring.sign("resume", textOf(principal, id))}`;
}

/** Whether a ticket is the one that `ticketOf` makes. */
export function isTicket(keyring: Keyring, principal: Principal, { id, proof }: Ticket): Promise<boolean> {
  return keyring.verify("resume", textOf(principal, id), proof);
}

/**
 * Whether a request may be a return, judged by its headers alone, so that the bodies of ordinary POSTs are never
 * read: marker cookie, urlencoded content type and the exact length must all agree (design decision 9).
 */
export function hasMarker(request: Request): boolean {
  return (
    request.method === "POST" &&
    readCookie(request.headers.get("cookie"), RESUME_COOKIE) !== undefined &&
    isTicketShaped(request)
  );
}

/** Whether a request has the method, content type and length of a return, its marker perhaps gone meanwhile. */
export function isTicketShaped({ method, headers }: Request): boolean {
  return (
    method === "POST" &&
    headers.get("content-type") === "application/x-www-form-urlencoded" &&
    headers.get("content-length") === String(BODY_BYTES)
  );
}

/** The ticket in the body of a marked request; `undefined` when the body is something else of the same length. */
export function readTicket(body: Uint8Array): Ticket | undefined {
  if (body.byteLength !== BODY_BYTES) {
    return undefined;
  }
  const [field, value = ""] = new TextDecoder().decode(body).split("=");
  const [, idText, proof] = TICKET.exec(value) ?? [];
  const id = parseChallengeId(idText);
  return field === TICKET_FIELD && id !== undefined && proof !== undefined ? { id, proof } : undefined;
}

/** The longest body that can be a return. */
export const TICKET_BODY_BYTES = BODY_BYTES;

function textOf(principal: Principal, id: ChallengeId): string {
  return `${principal.sub}:${principal.session}:${id}`;
}
