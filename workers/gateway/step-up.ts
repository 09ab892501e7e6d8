import { isCrossSite, isNavigation, isSafeMethod, isSpeculative } from "../../src/http/navigation.ts";
import { setCookie } from "../../src/http/cookies.ts";
import { renderPage } from "../../src/http/page.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { ErrorCode } from "../../src/http/codes.ts";
import type { ChallengeId } from "../../src/ledger/port.ts";
import { beginStepUp, type Attempt, type BeginOutcome } from "../../src/stepup/begin.ts";
import { DEVICE_COOKIE, DEVICE_COOKIE_SECONDS, readDevice, signDevice } from "../../src/stepup/device.ts";
import { arrivalPage } from "../../src/stepup/pages.ts";
import { ASK_EVERY_SECONDS } from "../../src/stepup/review.ts";
import { isKeptHeader, type KeptRequest } from "../../src/stepup/sealed.ts";
import { startedCookieName, startedMark } from "../../src/stepup/started.ts";
import { isTicketShaped, readTicket } from "../../src/stepup/ticket.ts";
import { attemptOf, type StepUpJudgement } from "./attempt.ts";
import { isCovered } from "./covered.ts";
import { refuseAttribute } from "./attribute-refusal.ts";
import { refuse, seeOther, type Exchange, type HoldingExchange } from "./exchange.ts";
import { forwardAs } from "./forwarding.ts";
import { challengeMember, stepUpHeader } from "./offer.ts";
import { readBody } from "./read-body.ts";
import { CHALLENGE_HEADER, rebuilt, repeatApproved, type Understood } from "./repeat.ts";
import { refuseRevoked } from "./sign-in.ts";

/**
 * A sensitive route: asks Authsignal, and forwards, challenges or refuses. A request that names a completed challenge
 * is forwarded once if it is the very request that was approved.
 */
export async function handleStepUp(
  exchange: HoldingExchange,
  authenticated: Authenticated,
  judgement: StepUpJudgement,
): Promise<Response> {
  const { request, requestId, publicOrigin, target } = exchange;
  const byCookie = authenticated.carrier === "cookie";
  if (byCookie && !isSafeMethod(request.method) && isCrossSite(request.headers, publicOrigin)) {
    return refuse(request, requestId, "cross_site");
  }
  const { definition: route } = judgement.route;
  const named = request.headers.get(CHALLENGE_HEADER);
  // Where nothing of the body decides, a covered request need not be read: it may be as long as it likes.
  const streams = named === null && isUnread(judgement) && !isTicketShaped(request);
  if (streams) {
    const covered = await isCovered(exchange, authenticated, route);
    if (covered !== false) {
      return covered === true ? forwardAs(exchange, authenticated) : covered;
    }
  }
  const understood = await understand(exchange, authenticated, judgement);
  if (understood instanceof Response) {
    return understood;
  }
  if (named !== null) {
    return repeatApproved(exchange, authenticated, understood, named);
  }
  const covered = !streams && (await isCovered(exchange, authenticated, route));
  if (covered !== false) {
    return covered === true
      ? forwardAs(exchange, authenticated, rebuilt(request, understood.body), true)
      : covered;
  }
  const isLedHere = byCookie && isCrossSite(request.headers, publicOrigin);
  if (isLedHere && isNavigation(request.method, request.headers)) {
    // Any page, or mail, can lead a browser here: one click shows that the person means it.
    return renderPage(arrivalPage(publicOrigin, target, understood.attempt.summary));
  }
  if (!mayStart(request) || (isLedHere && !isGranted(exchange))) {
    return refuse(request, requestId, "step_up_required", {
      status: exchange.gateway.config.challengeStatus,
      detail: "Open the page itself to be asked.",
      headers: { "WWW-Authenticate": stepUpHeader(understood.attempt.route) },
    });
  }
  const outcome = await begin(exchange, understood.attempt);
  return outcome.ok
    ? answerOutcome(exchange, authenticated, understood, outcome.value)
    : refuseStepUp(exchange, authenticated, outcome.error);
}

/** Asks Authsignal about an attempt, with the ports of this exchange. */
export function begin(exchange: Exchange, attempt: Attempt) {
  const { gateway, later } = exchange;
  return beginStepUp(attempt, {
    ledger: exchange.ledgerOf(attempt.principal.sub),
    authsignal: gateway.authsignal,
    keyring: gateway.keyring,
    record: gateway.record,
    nowMs: gateway.nowMs,
    // A UUID is a challenge id by construction.
    newId: () => crypto.randomUUID() as ChallengeId,
    challengeSeconds: gateway.config.challengeSeconds,
    reviewSeconds: gateway.config.reviewSeconds,
    later,
  });
}

/** Refuses after a failed `begin`: an ended session leads to a new sign-in, everything else is told as it is. */
export async function refuseStepUp(
  exchange: Exchange,
  authenticated: Authenticated,
  code: ErrorCode,
): Promise<Response> {
  return code === "session_revoked"
    ? refuseRevoked(exchange, authenticated)
    : refuse(exchange.request, exchange.requestId, code);
}

/** Refuses one more challenge than the route allows. */
export function refuseLimited({ request, requestId }: Exchange, retryAfterSeconds: number): Response {
  return refuse(request, requestId, "too_many_challenges", {
    headers: { "Retry-After": String(retryAfterSeconds) },
  });
}

/** Whether a judgement's request is forwarded without a look at its headers and body. */
function isUnread({ route, bodyMustNotName }: StepUpJudgement): boolean {
  return bodyMustNotName.length === 0 && Object.keys(route.definition.attributes).length === 0;
}

/** Reads an attempt out of a request: body within bounds, attributes, binding, device. Or the refusal. */
async function understand(
  exchange: HoldingExchange,
  authenticated: Authenticated,
  judgement: StepUpJudgement,
): Promise<Understood | Response> {
  const { request, requestId, target, publicOrigin } = exchange;
  const { headers } = request;
  if (headers.has("content-encoding")) {
    return refuse(request, requestId, "unsupported_content_type", {
      detail: "Send the body without Content-Encoding.",
    });
  }
  const body = await readBody(exchange);
  if (body instanceof Response) {
    return body;
  }
  if (body.byteLength > 0 && (request.method === "GET" || request.method === "HEAD")) {
    // No rebuilt GET can carry it, and origins disagree on whether it means anything (RFC 9110 section 9.3.1).
    return refuse(request, requestId, "invalid_request", { detail: "Send no body with this method." });
  }
  const ticket = readTicket(body);
  if (ticket !== undefined) {
    // A return without its marker: a late click, or a reload. Its page says what became of it, or sends it now.
    return seeOther(`/.sallyport/challenges/${ticket.id}`);
  }
  const navigation = authenticated.carrier === "cookie" && isNavigation(request.method, headers);
  const attempt = await attemptOf(exchange, authenticated, judgement, {
    method: request.method,
    publicOrigin,
    target,
    headers,
    body,
    keep: navigation ? keepOf(exchange, judgement, body) : undefined,
    supersedes: undefined,
  });
  return attempt.ok
    ? { attempt: attempt.value, body }
    : refuseAttribute(exchange, judgement.route.definition, attempt.error);
}

/** Keeps what describes the body and the page it came from, and what attributes and conditions are read from. */
function keepOf(
  { request, publicOrigin, target, policy }: Exchange,
  judgement: StepUpJudgement,
  body: Uint8Array<ArrayBuffer>,
): KeptRequest {
  const rules = Object.values(judgement.route.definition.attributes);
  const attributes = rules.filter((rule) => rule.from === "header").map((rule) => rule.name.toLowerCase());
  const read = [...attributes, ...policy.headerNames];
  const headers = [...request.headers].filter(([name]) => isKeptHeader(name) || read.includes(name));
  return { method: request.method, publicOrigin, target: target.pathname + target.search, headers, body };
}

async function answerOutcome(
  exchange: Exchange,
  authenticated: Authenticated,
  understood: Understood,
  outcome: BeginOutcome,
): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  switch (outcome.kind) {
    case "forward":
      return forwardAs(exchange, authenticated, rebuilt(request, understood.body), true);
    case "resume":
      return seeOther(`/.sallyport/challenges/${outcome.id}`);
    case "sign-in-first":
      return refuse(request, requestId, "enrolment_required", {
        status: gateway.config.challengeStatus,
        detail: "No authenticator is enrolled, and enrolling one needs a recent sign-in.",
        headers: {
          "WWW-Authenticate": stepUpHeader(understood.attempt.route, outcome.maxAgeSeconds),
        },
      });
    case "limited":
      return refuseLimited(exchange, outcome.retryAfterSeconds);
    case "challenge":
      if (understood.attempt.keep !== undefined) {
        return seeOther(`/.sallyport/challenges/${outcome.begun.id}`, [
          await startedCookie(exchange, outcome.begun.id),
          ...(await newDeviceCookie(exchange, understood)),
        ]);
      }
      if (outcome.begun.kind === "review") {
        return refuse(request, requestId, "review_required", {
          detail:
            "Somebody looks at this first. Ask for the challenge now and then; when it has succeeded, repeat the request with its id in Sallyport-Challenge.",
          headers: { "Retry-After": String(ASK_EVERY_SECONDS) },
          extensions: { challenge: challengeMember(exchange, understood.attempt, outcome.begun) },
        });
      }
      return refuse(request, requestId, "step_up_required", {
        status: gateway.config.challengeStatus,
        detail:
          outcome.begun.kind === "enrolment"
            ? "No authenticator is enrolled. Enrol one at the challenge URL, then send the request again."
            : "Complete the challenge, then repeat the request with its id in Sallyport-Challenge.",
        headers: {
          "WWW-Authenticate": stepUpHeader(understood.attempt.route),
          ...(authenticated.carrier === "cookie"
            ? { "Set-Cookie": await startedCookie(exchange, outcome.begun.id) }
            : {}),
        },
        extensions: { challenge: challengeMember(exchange, understood.attempt, outcome.begun) },
      });
  }
}

/** Marks the browser as the one that started a challenge, for as long as that can be completed. */
export async function startedCookie({ gateway }: Exchange, id: ChallengeId): Promise<string> {
  const mark = await startedMark(gateway.keyring, id);
  return setCookie(startedCookieName(id), mark, gateway.config.challengeSeconds);
}

/** A browser without a device cookie gets one here, of the device that Authsignal was just told about. */
async function newDeviceCookie({ gateway, request }: Exchange, { attempt }: Understood): Promise<string[]> {
  const { deviceId } = attempt.client;
  const known = await readDevice(gateway.keyring, request.headers.get("cookie"));
  return known === undefined && deviceId !== undefined
    ? [setCookie(DEVICE_COOKIE, await signDevice(gateway.keyring, deviceId), DEVICE_COOKIE_SECONDS)]
    : [];
}

/** Whether the configuration lets pages of the asking origin read what the gateway answers. */
function isGranted({ request, gateway }: Exchange): boolean {
  return gateway.config.corsOrigins.has(request.headers.get("origin") ?? "");
}

/** Only a person's page load and a program's own call may start a challenge: never a prefetch, an image, a frame. */
function mayStart(request: Request): boolean {
  const mode = request.headers.get("sec-fetch-mode");
  if (isSpeculative(request.headers)) {
    return false;
  }
  return (
    mode === null ||
    mode === "cors" ||
    mode === "same-origin" ||
    isNavigation(request.method, request.headers)
  );
}
