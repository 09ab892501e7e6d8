import type { Stopped } from "../../src/sign-in/conversation.ts";
import { namedLanguage, preferredLanguage, type Language } from "../../src/sign-in/messages.ts";
import type { Exchange } from "./exchange.ts";

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
