import * as z from "zod/mini";
import { onFirstUse } from "../../src/http/first-use.ts";
import { isChallengeUrl } from "../../src/authsignal/challenge-url.ts";
import { readBounded } from "../../src/http/body.ts";
import { verifyCognitoToken } from "../../src/identity/verify.ts";
import { answer, type Standing, type Stopped } from "../../src/sign-in/conversation.ts";
import { openProgramCheck, sealProgramCheck, type CheckState } from "../../src/sign-in/state.ts";
import type { Result } from "../../src/http/result.ts";
import { json, nowSeconds, refuse, type Exchange } from "./exchange.ts";
import type { OwnSignInPorts } from "./gateway.ts";
import { tooManyTries } from "./sign-in-limits.ts";
import { beginFor, isPlausible, languageOf, MAX_TOKEN_CHARACTERS, recordStop } from "./sign-in-steps.ts";
import { factsOf } from "./sign-in.ts";
import { vouchFor } from "./vouch.ts";

/** A state and a token are a few kilobytes each. */
const MAX_BODY_BYTES = 24 * 1024;
const MS_PER_SECOND = 1000;

const startSchema = onFirstUse(() =>
  z.strictObject({ username: z.string(), password: z.optional(z.string()) }),
);
const finishSchema = onFirstUse(() =>
  z.strictObject({
    state: z.string(),
    token: z.string().check(z.minLength(1), z.maxLength(MAX_TOKEN_CHARACTERS)),
  }),
);

/**
 * `POST /.sallyport/sign-in/start` with `{"username", "password"?}`: a program begins a sign-in. The answer is the
 * challenge and a sealed state; it looks the same for a name that is nobody's. No cookie is read or set, and only JSON
 * is taken, which no other site's form can send.
 */
export async function startByProgram(exchange: Exchange, own: OwnSignInPorts): Promise<Response> {
  const { request, requestId } = exchange;
  const asked = await readJson(request, startSchema());
  if (asked === undefined || (asked.password === undefined) === own.asksForPassword) {
    const fields = own.asksForPassword ? '{"username": "…", "password": "…"}' : '{"username": "…"}';
    return refuse(request, requestId, "invalid_request", { detail: `Send application/json: ${fields}.` });
  }
  const username = asked.username.trim();
  if (!isPlausible(username, asked.password)) {
    return refuse(request, requestId, "credentials_refused");
  }
  const retryAfterSeconds = await tooManyTries(exchange, own, username);
  if (retryAfterSeconds !== undefined) {
    const headers = { "Retry-After": String(retryAfterSeconds) };
    return refuse(request, requestId, "sign_in_throttled", { headers });
  }
  const who = { username, password: asked.password };
  return tell(exchange, own, await beginFor(exchange, own, who, languageOf(exchange)));
}

/** `POST /.sallyport/sign-in/finish` with `{"state", "token"}`: the token that Authsignal gave after the challenge. */
export async function finishByProgram(exchange: Exchange, own: OwnSignInPorts): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const asked = await readJson(request, finishSchema());
  if (asked === undefined) {
    return refuse(request, requestId, "invalid_request", {
      detail: 'Send application/json: {"state": "…", "token": "…"}.',
    });
  }
  const opened = await openProgramCheck(gateway.keyring, asked.state, own.checkSeconds, nowSeconds(exchange));
  if (opened === undefined || opened.isLate) {
    return refuse(request, requestId, opened === undefined ? "sign_in_failed" : "sign_in_expired");
  }
  const vouch = vouchFor(exchange, own, languageOf(exchange));
  return tell(exchange, own, await answer(own.signIn, opened.state, asked.token, vouch), opened.state);
}

/** @param before the check that was answered, if there was one. */
async function tell(
  exchange: Exchange,
  own: OwnSignInPorts,
  standing: Result<Standing, Stopped>,
  before?: CheckState,
): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  if (!standing.ok) {
    recordStop(exchange, standing.error);
    const { problem } = standing.error;
    // Without a password there is nothing but the check that could have been wrong.
    const isCheck = before !== undefined && problem === "credentials_refused";
    return refuse(request, requestId, isCheck ? "challenge_refused" : problem);
  }
  if (standing.value.kind === "tokens") {
    return giveTokens(exchange, standing.value);
  }
  const { round, session, username, ticket, url, token } = standing.value;
  if (before?.round === "challenge") {
    return refuse(request, requestId, "challenge_refused"); // Cognito asks again: the token did not do
  }
  if (url !== undefined && !isChallengeUrl(url, gateway.config.authsignal.challengeHosts)) {
    recordStop(exchange, { problem: "sign_in_unavailable", reason: "the triggers give no usable url" });
    return refuse(request, requestId, "sign_in_unavailable");
  }
  const startedAtSeconds = nowSeconds(exchange);
  const state = await sealProgramCheck(gateway.keyring, {
    kind: "check",
    round,
    session,
    username,
    ticket,
    returnTo: "/",
    startedAtSeconds,
  });
  const expiresAt = new Date((startedAtSeconds + own.checkSeconds) * MS_PER_SECOND).toISOString();
  return json({ state, challenge: { kind: round, url, token, expiresAt } });
}

/** The tokens are the program's, as if it had asked Cognito itself; a sign-in that is revoked already is none. */
async function giveTokens(
  exchange: Exchange,
  tokens: Extract<Standing, { kind: "tokens" }>,
): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const rules = { ...gateway.config.tokenRules, tokenUses: ["id" as const] };
  const { jwks } = gateway.authentication;
  const verified = await verifyCognitoToken(tokens.idToken, rules, jwks, nowSeconds(exchange));
  if (!verified.ok) {
    recordStop(exchange, { problem: "sign_in_unavailable", reason: `id token: ${verified.error.reason}` });
    return refuse(request, requestId, "sign_in_unavailable");
  }
  const principal = verified.value;
  const { revoked } = await exchange.ledgerOf(principal.sub).standing(factsOf(principal));
  if (revoked) {
    return refuse(request, requestId, "session_revoked");
  }
  gateway.record({ event: "signed_in", requestId, sub: principal.sub });
  const { idToken, accessToken, refreshToken, expiresInSeconds } = tokens;
  return json({ tokens: { idToken, accessToken, refreshToken, expiresInSeconds } });
}

async function readJson<Schema extends z.ZodMiniType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const body = await readBounded(request, MAX_BODY_BYTES);
  if (body === undefined || !/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    return undefined;
  }
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(body))).data;
  } catch {
    return undefined;
  }
}
