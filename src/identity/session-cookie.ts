import { COOKIE_PREFIX } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import { parseSessionId, parseSub, type Principal } from "./principal.ts";
import type { SealedSession } from "./sealed-session.ts";

/** The cookie of a managed sign-in. */
export const SESSION_COOKIE = `${COOKIE_PREFIX}session`;

/** Browsers drop a cookie of more than 4096 bytes, name and attributes included, without a word. */
const MAX_COOKIE_CHARACTERS = 3_900;

/** Claims that every session has anyway, in fields of their own. */
const OWN_CLAIMS: ReadonlySet<string> = new Set([
  "sub",
  "cognito:username",
  "cognito:groups",
  "auth_time",
  "email",
]);

/**
 * Seals a principal as a session cookie value. It lives no longer than the Cognito token it came from.
 * Claims other than the ones below, and those that the policy reads, stay behind: a session must fit a cookie. Where
 * even these do not fit they are left out, and what asks for them refuses.
 *
 * @param claimNames the claims that the policy of this moment reads.
 * @returns `undefined` when even so it would not fit (a hundred long group names); the sign-in then fails in the open.
 */
export async function sealSession(
  keyring: Keyring,
  principal: Principal,
  claimNames: readonly string[] = [],
): Promise<string | undefined> {
  const claims = claimNames
    .filter((name) => !OWN_CLAIMS.has(name) && Object.hasOwn(principal.claims, name))
    .map((name) => [name, principal.claims[name]] as const);
  const complete =
    claims.length === 0 ? undefined : await seal(keyring, principal, Object.fromEntries(claims));
  return complete ?? seal(keyring, principal, undefined);
}

async function seal(
  keyring: Keyring,
  principal: Principal,
  claims: Record<string, unknown> | undefined,
): Promise<string | undefined> {
  const payload: SealedSession = {
    sub: principal.sub,
    sid: principal.session,
    at: principal.authTimeSeconds,
    exp: principal.expiresAtSeconds,
    name: principal.username,
    ...(principal.email === undefined ? {} : { email: principal.email }),
    groups: [...principal.groups],
    ...(claims === undefined ? {} : { claims }),
  };
  const sealed = await keyring.seal("session", new TextEncoder().encode(JSON.stringify(payload)), "session");
  return sealed.length <= MAX_COOKIE_CHARACTERS ? sealed : undefined;
}

/** Opens a session cookie value; `undefined` for anything that is not ours or has expired. */
export async function openSession(
  keyring: Keyring,
  value: string,
  nowSeconds: number,
): Promise<Principal | undefined> {
  const opened = await keyring.open("session", value, "session");
  if (opened === undefined) {
    return undefined;
  }
  const { readSealedSession } = await import("./sealed-session.ts");
  const session = readSealedSession(JSON.parse(new TextDecoder().decode(opened)));
  if (session === undefined) {
    return undefined; // sealed by another version of this code: a new sign-in replaces it
  }
  const sub = parseSub(session.sub);
  const id = parseSessionId(session.sid);
  if (sub === undefined || id === undefined || session.exp <= nowSeconds) {
    return undefined;
  }
  return {
    sub,
    session: id,
    authTimeSeconds: session.at,
    expiresAtSeconds: session.exp,
    username: session.name,
    email: session.email,
    groups: session.groups,
    scopes: [],
    claims: {
      ...session.claims,
      sub,
      "cognito:username": session.name,
      "cognito:groups": session.groups,
      auth_time: session.at,
      ...(session.email === undefined ? {} : { email: session.email }),
    },
  };
}
