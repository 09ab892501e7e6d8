import { readBounded } from "../../src/http/body.ts";
import { setCookie } from "../../src/http/cookies.ts";
import { isCrossSite, isNavigation } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import type { Demand } from "../../src/ledger/demand.ts";
import { parseChallengeId } from "../../src/ledger/port.ts";
import { completeChallenge } from "../../src/stepup/complete.ts";
import { resumePage } from "../../src/stepup/pages.ts";
import { demandOf } from "../../src/stepup/route-demand.ts";
import { openWay } from "../../src/stepup/sealed.ts";
import { wasStartedHere } from "../../src/stepup/started.ts";
import { RESUME_COOKIE, RESUME_COOKIE_SECONDS, ticketOf } from "../../src/stepup/ticket.ts";
import { adviceOf, routeOf, stateOf } from "./challenge-state.ts";
import { pageOf } from "./challenge-page.ts";
import { json, refuse, seeOther, type Exchange } from "./exchange.ts";
import { reviewed } from "./own-review.ts";
import { factsOf, identify, refuseRevoked, refuseUnknown } from "./sign-in.ts";
import { startOver, type Own } from "./start-over.ts";

/** A result token is a JWT of a kilobyte or so. */
const MAX_TOKEN_BODY_BYTES = 16 * 1024;

/** Of a challenge whose route is gone: whatever it approves is judged again before it is released. */
const NOTHING_MORE: Demand = { methods: undefined, factorAgeSeconds: undefined, acceptsUnproven: true };

/** `GET /.sallyport/challenges/:id`: its page, or for a program its state. */
export async function showChallenge(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const seen = await reviewed(exchange, own);
  const { challenge } = seen;
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    return json(stateOf(exchange, challenge));
  }
  if (challenge.state === "superseded" && challenge.successor !== undefined) {
    return seeOther(`/.sallyport/challenges/${challenge.successor}`);
  }
  if (challenge.state === "succeeded" && challenge.kind !== "enrolment" && challenge.hasKept) {
    const ticket = await ticketOf(exchange.gateway.keyring, own.authenticated.principal, challenge.id);
    const page = renderPage(resumePage(challenge, exchange.publicOrigin, ticket));
    page.headers.append("Set-Cookie", setCookie(RESUME_COOKIE, challenge.id, RESUME_COOKIE_SECONDS));
    return page;
  }
  const isOver = challenge.state !== "opening" && challenge.state !== "pending";
  return renderPage({ ...(await pageOf(exchange, seen)), goesBack: isOver && !challenge.hasKept });
}

/** `GET /.sallyport/challenges/:id/return`: back from Authsignal. Ends in a URL without the token (design decision 9). */
export async function returnFromAuthsignal(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const page = `/.sallyport/challenges/${own.challenge.id}`;
  const token = new URLSearchParams(exchange.target.search).get("token");
  if (token === null || token === "") {
    return seeOther(page);
  }
  if (!(await isStarter(exchange, own))) {
    return refuseOtherBrowser(exchange);
  }
  const completed = await complete(exchange, own, token, true);
  if (!completed.ok) {
    return refuse(exchange.request, exchange.requestId, completed.error);
  }
  // Enrolling is not the check: Authsignal is asked again, now about a user who has an authenticator.
  return completed.value === "succeeded" && own.challenge.kind === "enrolment" && own.challenge.hasKept
    ? startOver(exchange, { ...own, challenge: { ...own.challenge, state: "succeeded" } })
    : seeOther(page);
}

function refuseOtherBrowser({ request, requestId }: Exchange): Response {
  return refuse(request, requestId, "challenge_refused", {
    detail:
      "This check was started in another browser. If that was not you, sign out. If you have a password, change it.",
  });
}

/** Whoever brings a result token by cookie must be the browser that started: a session cookie may have been copied. */
async function isStarter(exchange: Exchange, { authenticated, challenge }: Own): Promise<boolean> {
  const { request, requestId, gateway } = exchange;
  if (
    authenticated.carrier !== "cookie" ||
    challenge.state !== "pending" ||
    (await wasStartedHere(gateway.keyring, request.headers.get("cookie"), challenge.id))
  ) {
    return true;
  }
  gateway.record({
    event: "refused",
    requestId,
    sub: authenticated.principal.sub,
    route: challenge.route,
    action: challenge.action,
    challenge: challenge.id,
    reason: "other_browser",
  });
  return false;
}

/** `POST /.sallyport/challenges/:id` with `{"token"}`: a program brings its result token. */
export async function completeByProgram(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const token = await readToken(exchange.request);
  if (token === undefined) {
    return refuse(exchange.request, exchange.requestId, "invalid_request", {
      detail: 'Send application/json: {"token": "…"}, the token that Authsignal gave after the challenge.',
    });
  }
  if (!(await isStarter(exchange, own))) {
    return refuseOtherBrowser(exchange);
  }
  const completed = await complete(exchange, own, token, false);
  if (!completed.ok) {
    return refuse(exchange.request, exchange.requestId, completed.error);
  }
  const after = { ...own.challenge, state: completed.value };
  return completed.value === "failed" ? refuseFailed(exchange, own) : json(stateOf(exchange, after));
}

/** `DELETE /.sallyport/challenges/:id`: the program gives up. */
export async function cancelChallenge(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const { ledger, authenticated, challenge } = own;
  const state = await ledger.settle(factsOf(authenticated.principal), challenge.id, { state: "cancelled" });
  if (challenge.state !== state && state === "cancelled") {
    exchange.gateway.record({
      event: "cancelled",
      requestId: exchange.requestId,
      sub: authenticated.principal.sub,
      route: challenge.route,
      action: challenge.action,
      challenge: challenge.id,
    });
  }
  return json({ ...stateOf(exchange, challenge), state });
}

/** Tells a program that its proof does not count, and which would. */
async function refuseFailed(exchange: Exchange, own: Own): Promise<Response> {
  const challenge =
    (await own.ledger.find(factsOf(own.authenticated.principal), own.challenge.id)) ?? own.challenge;
  const { failure } = challenge;
  const route = routeOf(exchange, challenge);
  const advice = adviceOf(failure, route);
  return refuse(exchange.request, exchange.requestId, "challenge_refused", {
    ...(advice === undefined ? {} : { detail: advice }),
    extensions: {
      ...(failure === undefined ? {} : { failure }),
      ...(route?.methods === undefined ? {} : { methods: route.methods }),
    },
  });
}

/** `POST /.sallyport/challenges/:id/retry`: asks again for the request that is kept. */
export async function retryChallenge(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const { challenge } = own;
  const ended = challenge.state === "cancelled" || challenge.state === "failed";
  const enrolled = challenge.state === "succeeded" && challenge.kind === "enrolment";
  return (ended || enrolled) && challenge.hasKept
    ? startOver(exchange, own)
    : seeOther(`/.sallyport/challenges/${challenge.id}`);
}

/** `POST /.sallyport/challenges/:id/again`: the person has checked, and it was not done. */
export async function sendAgain(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  await own.ledger.sendAgain(factsOf(own.authenticated.principal), own.challenge.id);
  return seeOther(`/.sallyport/challenges/${own.challenge.id}`);
}

/** The challenge of this session with this id. Changes by cookie come from the app's own pages only. */
async function findOwn(exchange: Exchange, text: string): Promise<Own | Response> {
  const { request, requestId } = exchange;
  const identified = await identify(exchange);
  if (!identified.ok) {
    return refuseUnknown(exchange, identified.error);
  }
  const authenticated = identified.value;
  const changes = request.method !== "GET" && request.method !== "HEAD";
  if (changes && authenticated.carrier === "cookie" && isCrossSite(request.headers, exchange.publicOrigin)) {
    return refuse(request, requestId, "cross_site");
  }
  const id = parseChallengeId(text);
  const ledger = exchange.ledgerOf(authenticated.principal.sub);
  const facts = factsOf(authenticated.principal);
  const challenge = id === undefined ? undefined : await ledger.find(facts, id);
  if (challenge !== undefined) {
    return { authenticated, ledger, challenge };
  }
  const { revoked } = await ledger.standing(facts);
  return revoked ? refuseRevoked(exchange, authenticated) : refuse(request, requestId, "challenge_not_found");
}

async function complete(
  exchange: Exchange,
  { authenticated, ledger, challenge }: Own,
  token: string,
  leaving: boolean,
) {
  const { gateway, requestId } = exchange;
  const { sub } = authenticated.principal;
  const way =
    challenge.way === undefined
      ? undefined
      : await openWay(gateway.keyring, sub, challenge.id, challenge.way);
  const route = routeOf(exchange, challenge);
  return completeChallenge(
    {
      requestId,
      principal: authenticated.principal,
      challenge,
      token,
      startToken: way?.token,
      demand: route === undefined ? NOTHING_MORE : demandOf(route),
      leaving,
    },
    { ledger, authsignal: gateway.authsignal, record: gateway.record, nowMs: gateway.nowMs },
  );
}

async function readToken(request: Request): Promise<string | undefined> {
  const body = await readBounded(request, MAX_TOKEN_BODY_BYTES);
  if (body === undefined || !/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    const token = typeof value === "object" && value !== null && "token" in value ? value.token : undefined;
    return typeof token === "string" && token !== "" ? token : undefined;
  } catch {
    return undefined;
  }
}
