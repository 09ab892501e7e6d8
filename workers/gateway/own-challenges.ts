import { readBounded } from "../../src/http/body.ts";
import { setCookie } from "../../src/http/cookies.ts";
import { isCrossSite, isNavigation } from "../../src/http/navigation.ts";
import { renderPage, type Page } from "../../src/http/page.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import { parseChallengeId, type ChallengeView, type Ledger } from "../../src/ledger/port.ts";
import { readAttributes } from "../../src/policy/attributes.ts";
import { judge } from "../../src/policy/judge.ts";
import { summarize } from "../../src/policy/summary.ts";
import { parseTarget } from "../../src/policy/target.ts";
import { completeChallenge } from "../../src/stepup/complete.ts";
import { ENROLMENT_SIGN_IN_SECONDS } from "../../src/stepup/decide.ts";
import { readDevice } from "../../src/stepup/device.ts";
import {
  approvePage,
  donePage,
  enrolledPage,
  enrolPage,
  expiredPage,
  notDonePage,
  resumePage,
  returnToAppPage,
  signInFirstPage,
  uncertainPage,
} from "../../src/stepup/pages.ts";
import { openKept, openWay } from "../../src/stepup/sealed.ts";
import { RESUME_COOKIE, RESUME_COOKIE_SECONDS, ticketOf } from "../../src/stepup/ticket.ts";
import { json, refuse, seeOther, type Exchange } from "./exchange.ts";
import { clientIp } from "./forwarding.ts";
import { factsOf, identify, refuseRevoked, refuseUnknown } from "./sign-in.ts";
import { begin, refuseStepUp } from "./step-up.ts";

/** A result token is a JWT of a kilobyte or so. */
const MAX_TOKEN_BODY_BYTES = 16 * 1024;

/** A challenge of the session that asks. */
interface Own {
  readonly authenticated: Authenticated;
  readonly ledger: Ledger;
  readonly challenge: ChallengeView;
}

/** `GET /.sallyport/challenges/:id`: its page, or for a program its state. */
export async function showChallenge(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const { challenge } = own;
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    return json(stateOf(challenge));
  }
  if (challenge.state === "superseded" && challenge.successor !== undefined) {
    return seeOther(`/.sallyport/challenges/${challenge.successor}`);
  }
  if (challenge.state === "succeeded" && challenge.kind === "step-up" && challenge.hasKept) {
    const ticket = await ticketOf(exchange.gateway.keyring, own.authenticated.principal, challenge.id);
    const page = renderPage(resumePage(challenge, exchange.publicOrigin, ticket));
    page.headers.append("Set-Cookie", setCookie(RESUME_COOKIE, challenge.id, RESUME_COOKIE_SECONDS));
    return page;
  }
  return renderPage(await pageOf(exchange, own));
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
  const completed = await complete(exchange, own, token, true);
  if (!completed.ok) {
    return refuse(exchange.request, exchange.requestId, completed.error);
  }
  // Enrolling is not the check: Authsignal is asked again, now about a user who has an authenticator.
  return completed.value === "succeeded" && own.challenge.kind === "enrolment"
    ? startOver(exchange, { ...own, challenge: { ...own.challenge, state: "succeeded" } })
    : seeOther(page);
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
  const completed = await complete(exchange, own, token, false);
  return completed.ok
    ? json({ ...stateOf(own.challenge), state: completed.value })
    : refuse(exchange.request, exchange.requestId, completed.error);
}

/** `DELETE /.sallyport/challenges/:id`: the program gives up. */
export async function cancelChallenge(exchange: Exchange, id: string): Promise<Response> {
  const own = await findOwn(exchange, id);
  if (own instanceof Response) {
    return own;
  }
  const { ledger, authenticated, challenge } = own;
  const state = await ledger.settle(factsOf(authenticated.principal), challenge.id, { state: "cancelled" });
  return json({ ...stateOf(challenge), state });
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
  const { gateway, requestId, policy } = exchange;
  const { sub } = authenticated.principal;
  const way =
    challenge.way === undefined
      ? undefined
      : await openWay(gateway.keyring, sub, challenge.id, challenge.way);
  const route = policy.routes.find((candidate) => candidate.id === challenge.route)?.definition;
  return completeChallenge(
    {
      requestId,
      principal: authenticated.principal,
      challenge,
      token,
      startToken: way?.token,
      countingMethods: route?.require === "step-up" ? route.methods : undefined,
      leaving,
    },
    { ledger, authsignal: gateway.authsignal, record: gateway.record },
  );
}

/** Judges and asks again for a kept request, whose challenge is then superseded. */
async function startOver(exchange: Exchange, { authenticated, ledger, challenge }: Own): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const { principal } = authenticated;
  const sealed = await ledger.kept(factsOf(principal), challenge.id);
  const kept =
    sealed === undefined ? undefined : await openKept(gateway.keyring, principal.sub, challenge.id, sealed);
  const target = kept === undefined ? undefined : parseTarget(kept.publicOrigin + kept.target);
  if (kept === undefined || target === undefined || !target.ok) {
    // A program's request is not kept: it repeats it itself.
    return challenge.hasKept ? refuse(request, requestId, "challenge_ended") : renderPage(returnToAppPage());
  }
  const judgement = judge(exchange.policy, kept.method, target.value);
  if (judgement.kind === "refused" || judgement.requirement !== "step-up") {
    return refuse(request, requestId, "challenge_ended", {
      detail: "The policy has changed. Please start again.",
    });
  }
  const headers = new Headers(kept.headers.map(([name, value]): [string, string] => [name, value]));
  const attributes = readAttributes(judgement.route, {
    target: target.value,
    params: judgement.params,
    headers,
    claims: principal.claims,
    contentType: headers.get("content-type"),
    body: kept.body.byteLength === 0 ? null : kept.body,
  });
  if (!attributes.ok) {
    return refuse(request, requestId, "attribute_refused");
  }
  const outcome = await begin(exchange, {
    requestId,
    principal,
    client: {
      ipAddress: clientIp(request),
      userAgent: request.headers.get("user-agent") ?? undefined,
      deviceId: await readDevice(gateway.keyring, request.headers.get("cookie")),
      country: request.headers.get("cf-ipcountry") ?? undefined,
    },
    route: judgement.route.definition,
    method: kept.method,
    target: kept.target,
    publicOrigin: kept.publicOrigin,
    binding: challenge.binding,
    attributes: attributes.value,
    summary: summarize(judgement.route, attributes.value),
    keep: kept,
    supersedes: challenge.id,
  });
  if (!outcome.ok) {
    return refuseStepUp(exchange, authenticated, outcome.error);
  }
  switch (outcome.value.kind) {
    case "challenge":
      return seeOther(`/.sallyport/challenges/${outcome.value.begun.id}`);
    case "resume":
      return seeOther(`/.sallyport/challenges/${outcome.value.id}`);
    case "forward": // `onUnavailable: "allow"` reached from a page: the person sends it again from the app
    case "sign-in-first":
      return refuse(request, requestId, "step_up_unavailable");
  }
}

async function pageOf(exchange: Exchange, { authenticated, challenge }: Own): Promise<Page> {
  const { gateway } = exchange;
  switch (challenge.state) {
    case "opening":
    case "pending": {
      const { principal } = authenticated;
      const way =
        challenge.way === undefined
          ? undefined
          : await openWay(gateway.keyring, principal.sub, challenge.id, challenge.way);
      if (way === undefined) {
        return expiredPage(challenge);
      }
      if (challenge.kind === "step-up") {
        return approvePage(challenge, way.url);
      }
      const ageSeconds = Math.floor(gateway.nowMs() / 1000) - principal.authTimeSeconds;
      return ageSeconds < ENROLMENT_SIGN_IN_SECONDS
        ? enrolPage(challenge, way.url)
        : signInFirstPage(challenge, freshSignInUrl(challenge));
    }
    case "succeeded":
      return challenge.kind === "enrolment" && challenge.hasKept
        ? enrolledPage(challenge)
        : returnToAppPage();
    case "consumed":
    case "delivered":
      return donePage(challenge);
    case "uncertain":
      return uncertainPage(challenge);
    case "cancelled":
    case "failed":
      return notDonePage(challenge);
    case "expired":
    case "superseded":
      return expiredPage(challenge);
  }
}

function freshSignInUrl({ id }: ChallengeView): string {
  const query = new URLSearchParams({
    return_to: `/.sallyport/challenges/${id}`,
    prompt: "login",
    challenge: id,
  });
  return `/.sallyport/sign-in?${query.toString()}`;
}

function stateOf(challenge: ChallengeView) {
  return {
    id: challenge.id,
    kind: challenge.kind,
    state: challenge.state,
    action: challenge.action,
    summary: challenge.summary,
    expiresAt: new Date(challenge.expiresAtMs).toISOString(),
  };
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
