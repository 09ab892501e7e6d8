import { fail, type Result } from "../../src/http/result.ts";
import { begin, stoppedBy, type Standing, type Stopped } from "../../src/sign-in/conversation.ts";
import { namedLanguage, preferredLanguage, type Language } from "../../src/sign-in/messages.ts";
import type { Exchange } from "./exchange.ts";
import type { OwnSignInPorts } from "./gateway.ts";
import { vouchFor } from "./vouch.ts";

/** Authsignal's tokens are a fraction of it. */
export const MAX_TOKEN_CHARACTERS = 8_192;
const MAX_PASSWORD_CHARACTERS = 256;
/** What Cognito takes for a name (cognito.md 3.2), of any script. */
const USERNAME = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;

/** Whether the pool need be asked at all; `undefined` where there is no password. */
export function isPlausible(username: string, password: string | undefined): boolean {
  const isPassword =
    password === undefined || (password !== "" && password.length <= MAX_PASSWORD_CHARACTERS);
  return USERNAME.test(username) && isPassword;
}

/** Shaped as an address; whether it is one shows when the code that goes there comes back. */
const EMAIL = /^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/;

/** Begins a sign-in; where the configuration says so, an address that nobody has becomes a user first. */
export async function beginFor(
  exchange: Exchange,
  own: OwnSignInPorts,
  who: { readonly username: string; readonly password: string | undefined },
  language: Language,
): Promise<Result<Standing, Stopped>> {
  const { poolAdmin } = exchange.gateway;
  if (own.createsUsers && poolAdmin !== undefined && EMAIL.test(who.username)) {
    const ensured = await poolAdmin.ensureUser(who.username);
    if (!ensured.ok) {
      return fail(stoppedBy(ensured.error));
    }
  }
  return begin(own.signIn, who, vouchFor(exchange, own, language));
}

/** The language of a request: `?lang=`, else the browser's. */
export function languageOf({ request, target }: Exchange): Language {
  return (
    namedLanguage(new URLSearchParams(target.search).get("lang")) ??
    preferredLanguage(request.headers.get("accept-language"))
  );
}

/** Why a sign-in stopped, for the record; the name is not in it. */
export function recordStop({ gateway, requestId }: Exchange, { problem, reason }: Stopped): void {
  gateway.record({ event: "sign_in_stopped", requestId, reason: `${problem}: ${reason}` });
}
