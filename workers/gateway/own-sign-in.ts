import { isChallengeUrl } from "../../src/authsignal/challenge-url.ts";
import { readBounded } from "../../src/http/body.ts";
import { clearCookie, readCookie, setCookie } from "../../src/http/cookies.ts";
import { isCrossSite, isNavigation } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import { signInCookieName } from "../../src/identity/sign-in-cookie.ts";
import { verifyCognitoToken } from "../../src/identity/verify.ts";
import { answer, type Standing } from "../../src/sign-in/conversation.ts";
import { namedLanguage, SIGN_IN_PROBLEMS } from "../../src/sign-in/messages.ts";
import type { Language, SignInProblem } from "../../src/sign-in/messages.ts";
import { signInPage, signInUrl } from "../../src/sign-in/pages.ts";
import {
  CHECK_COOKIE,
  FORM_SECONDS,
  openCheck,
  openForm,
  sealCheck,
  sealForm,
} from "../../src/sign-in/state.ts";
import type { FormState } from "../../src/sign-in/state.ts";
import { beginSession } from "./begin-session.ts";
import { nowSeconds, recordAnswer, refuse, seeOther, type Exchange } from "./exchange.ts";
import type { OwnSignInPorts } from "./gateway.ts";
import { adoptionOf } from "./own-session.ts";
import { beginFor, isPlausible, languageOf, MAX_TOKEN_CHARACTERS, recordStop } from "./sign-in-steps.ts";
import { tooManyTries } from "./sign-in-limits.ts";
import { abandonedSignIns, safeReturnTo } from "./sign-in.ts";
import { vouchFor } from "./vouch.ts";

const MAX_FORM_BYTES = 4 * 1024;
/** Longer than Cognito takes an answer, so that coming late can be told from coming from elsewhere. */
const MAX_CHECK_SECONDS = 3_600;
/** What a sign-in was begun for. */
type Purpose = Pick<FormState, "returnTo" | "adopt">;

/** `GET /.sallyport/sign-in`: the form. Each has a sealed state of its own, which only this browser can send back. */
export async function showSignIn(exchange: Exchange, own: OwnSignInPorts): Promise<Response> {
  const query = new URLSearchParams(exchange.target.search);
  return form(exchange, own, {
    language: languageOf(exchange),
    returnTo: safeReturnTo(query.get("return_to"), exchange.publicOrigin),
    adopt: await adoptionOf(exchange),
    problem: SIGN_IN_PROBLEMS.find((one) => one === query.get("problem")),
  });
}

/** `POST /.sallyport/sign-in`: a name, or a name and its password. */
export async function submitSignIn(exchange: Exchange, own: OwnSignInPorts): Promise<Response> {
  const { request, requestId, gateway, publicOrigin } = exchange;
  const language = languageOf(exchange);
  if (isCrossSite(request.headers, publicOrigin)) {
    return refuse(request, requestId, "cross_site");
  }
  const fields = await readForm(request);
  if (fields === undefined) {
    return refuse(request, requestId, "invalid_request", { detail: "The form is not one of ours." });
  }
  const id = fields.get("state") ?? "";
  const cookie = readCookie(request.headers.get("cookie"), signInCookieName(id));
  const state = await openForm(gateway.keyring, id, cookie, nowSeconds(exchange));
  const said = namedLanguage(fields.get("lang")) ?? language;
  if (state === undefined) {
    return form(exchange, own, {
      language: said,
      returnTo: "/",
      adopt: undefined,
      problem: "sign_in_failed",
    });
  }
  const username = (fields.get("username") ?? "").trim();
  const purpose = { returnTo: state.returnTo, adopt: state.adopt };
  const again = (problem: SignInProblem, retryAfterSeconds?: number) =>
    form(exchange, own, { ...purpose, language: said, problem, username, retryAfterSeconds });
  const password = own.asksForPassword ? (fields.get("password") ?? "") : undefined;
  if (!isPlausible(username, password)) {
    return again("credentials_refused");
  }
  const retryAfterSeconds = await tooManyTries(exchange, own, username);
  if (retryAfterSeconds !== undefined) {
    return again("sign_in_throttled", retryAfterSeconds);
  }
  const standing = await beginFor(exchange, own, { username, password }, said);
  if (!standing.ok) {
    recordStop(exchange, standing.error);
    return again(standing.error.problem);
  }
  return standing.value.kind === "tokens"
    ? finish(exchange, standing.value.idToken, purpose, again)
    : leadOut(exchange, standing.value, purpose, again);
}

/**
 * `GET /.sallyport/sign-in/return`: back from Authsignal, whose token is worth something only with the `Session` that
 * is sealed in this browser. No answer of it is a page: the address holds the token.
 */
export async function returnToSignIn(exchange: Exchange, own: OwnSignInPorts): Promise<Response> {
  const { request, gateway, target } = exchange;
  const cookie = readCookie(request.headers.get("cookie"), CHECK_COOKIE);
  const opened = await openCheck(gateway.keyring, cookie, own.checkSeconds, nowSeconds(exchange));
  const returnTo = opened?.state.returnTo ?? "/";
  const stop = (problem: SignInProblem) =>
    seeOther(signInUrl({ returnTo, problem }), opened === undefined ? [] : [clearCookie(CHECK_COOKIE)]);
  if (opened === undefined) {
    return stop("sign_in_failed");
  }
  const { state } = opened;
  const token = new URLSearchParams(target.search).get("token") ?? "";
  if (opened.isLate || token === "" || token.length > MAX_TOKEN_CHARACTERS) {
    return stop(opened.isLate ? "sign_in_expired" : "sign_in_failed");
  }
  const language = languageOf(exchange);
  const standing = await answer(own.signIn, state, token, vouchFor(exchange, own, language));
  if (!standing.ok) {
    recordStop(exchange, standing.error);
    // Cognito says the same of a check that was not passed as of a wrong password; there was none to get wrong here.
    const { problem } = standing.error;
    return stop(problem === "credentials_refused" ? "challenge_refused" : problem);
  }
  if (standing.value.kind === "tokens") {
    return finish(exchange, standing.value.idToken, state, stop);
  }
  // Cognito asks on: about somebody who has just enrolled, or once more because the check was left or not passed.
  return state.round === "enrolment"
    ? leadOut(exchange, standing.value, state, stop)
    : stop("challenge_refused");
}

type Stop = (problem: SignInProblem) => Promise<Response> | Response;

/** The ID token is checked like any other's: the API is believed no more than a callback (design decision 3). */
async function finish(exchange: Exchange, idToken: string, purpose: Purpose, stop: Stop): Promise<Response> {
  const { gateway } = exchange;
  const rules = { ...gateway.config.tokenRules, tokenUses: ["id" as const] };
  const { jwks } = gateway.authentication;
  const verified = await verifyCognitoToken(idToken, rules, jwks, nowSeconds(exchange));
  if (!verified.ok) {
    recordStop(exchange, { problem: "sign_in_unavailable", reason: `id token: ${verified.error.reason}` });
    return stop("sign_in_unavailable");
  }
  return beginSession(exchange, {
    principal: verified.value,
    returnTo: purpose.returnTo,
    adopt: purpose.adopt,
    cookies: [clearCookie(CHECK_COOKIE)],
    // In the very second of the revocation; a person does not come that fast again, and nothing goes round by itself.
    whenRevoked: () => stop("session_revoked"),
  });
}

/** Sends the browser to Authsignal, and only there. */
async function leadOut(
  exchange: Exchange,
  check: Extract<Standing, { kind: "check" }>,
  { returnTo, adopt }: Purpose,
  stop: Stop,
): Promise<Response> {
  const { gateway } = exchange;
  const { url, round, session, username, ticket } = check;
  if (url === undefined || !isChallengeUrl(url, gateway.config.authsignal.challengeHosts)) {
    recordStop(exchange, { problem: "sign_in_unavailable", reason: "the triggers give no usable url" });
    return stop("sign_in_unavailable");
  }
  const startedAtSeconds = nowSeconds(exchange);
  const state = {
    kind: "check",
    round,
    session,
    username,
    ticket,
    returnTo,
    adopt,
    startedAtSeconds,
  } as const;
  const sealed = await sealCheck(gateway.keyring, state);
  if (sealed === undefined) {
    recordStop(exchange, {
      problem: "sign_in_unavailable",
      reason: "Cognito's Session does not fit a cookie",
    });
    return stop("sign_in_unavailable");
  }
  return seeOther(url, [setCookie(CHECK_COOKIE, sealed, MAX_CHECK_SECONDS)]);
}

async function form(
  exchange: Exchange,
  own: OwnSignInPorts,
  about: Purpose & {
    readonly language: Language;
    readonly problem?: SignInProblem | undefined;
    readonly username?: string;
    readonly retryAfterSeconds?: number | undefined;
  },
): Promise<Response> {
  const { gateway, request, requestId } = exchange;
  const { language, problem, returnTo, adopt } = about;
  if (problem !== undefined) {
    if (!isNavigation(request.method, request.headers)) {
      return refuse(request, requestId, problem, retryAfter(about.retryAfterSeconds));
    }
    recordAnswer(requestId, problem);
  }
  const id = crypto.randomUUID();
  const sealed = await sealForm(gateway.keyring, {
    kind: "form",
    id,
    returnTo,
    adopt,
    startedAtSeconds: nowSeconds(exchange),
  });
  const page = renderPage({
    ...signInPage({
      look: own.look,
      language,
      returnTo,
      requestId,
      problem,
      state: id,
      asksForPassword: own.asksForPassword,
      username: about.username ?? "",
    }),
    headers: { "Sallyport-Request-Id": requestId, ...retryAfter(about.retryAfterSeconds).headers },
  });
  for (const cookie of [
    ...abandonedSignIns(request),
    setCookie(signInCookieName(id), sealed, FORM_SECONDS),
  ]) {
    page.headers.append("Set-Cookie", cookie);
  }
  return page;
}

function retryAfter(seconds: number | undefined): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: seconds === undefined ? {} : { "Retry-After": String(seconds) } };
}

async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  const type = request.headers.get("content-type") ?? "";
  const body = await readBounded(request, MAX_FORM_BYTES);
  return body === undefined || !/^application\/x-www-form-urlencoded\b/i.test(type)
    ? undefined
    : new URLSearchParams(new TextDecoder().decode(body));
}
