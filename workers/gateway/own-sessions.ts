import { readBounded } from "../../src/http/body.ts";
import { isCrossSite, isNavigation } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import { deviceName } from "../../src/http/user-agent.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import { parseSessionId, type SessionId } from "../../src/identity/principal.ts";
import { END_FIELD, SESSIONS_PATH, sessionsPage, type SessionsDone } from "./sessions-page.ts";
import type { SessionView } from "../../src/ledger/port.ts";
import { json, refuse, seeOther, type Exchange } from "./exchange.ts";
import { seenOf } from "./seen.ts";
import { factsOf, identify, refuseRevoked, refuseUnknown } from "./sign-in.ts";

const MAX_FORM_BYTES = 1_024;

/** `GET /.sallyport/sessions`: a user's own sessions, as a page or as JSON. */
export async function showSessions(exchange: Exchange): Promise<Response> {
  const { request, target } = exchange;
  const authenticated = await whoIsThere(exchange);
  if (authenticated instanceof Response) {
    return authenticated;
  }
  const { principal } = authenticated;
  const sessions = await exchange.ledgerOf(principal.sub).sessions();
  if (!isNavigation(request.method, request.headers)) {
    return json({
      sessions: sessions.map((session) => ({
        ...asJson(session),
        current: session.id === principal.session,
      })),
    });
  }
  const done = new URLSearchParams(target.search).get("done");
  const told: SessionsDone | undefined = done === "one" || done === "others" ? done : undefined;
  return renderPage(sessionsPage(sessions, principal.session, told));
}

/** `POST /.sallyport/sessions`: the page's buttons. */
export async function endByForm(exchange: Exchange): Promise<Response> {
  const { request, requestId } = exchange;
  const authenticated = await whoActs(exchange);
  if (authenticated instanceof Response) {
    return authenticated;
  }
  const body = await readBounded(request, MAX_FORM_BYTES);
  const end = new URLSearchParams(new TextDecoder().decode(body)).get(END_FIELD);
  if (body === undefined || end === null) {
    return refuse(request, requestId, "invalid_request");
  }
  if (end === "others") {
    return (await endOthers(exchange, authenticated)) === undefined
      ? refuseRevoked(exchange, authenticated)
      : seeOther(`${SESSIONS_PATH}?done=others`);
  }
  const id = parseSessionId(end);
  const isEnded = id !== undefined && (await endOne(exchange, authenticated, id));
  return isEnded ? seeOther(`${SESSIONS_PATH}?done=one`) : seeOther(SESSIONS_PATH); // ended meanwhile: the list shows it
}

/** `DELETE /.sallyport/sessions/{id}`, or `…/others`: the same for the app's own scripts and for programs. */
export async function endByProgram(exchange: Exchange, named: string): Promise<Response> {
  const { request, requestId } = exchange;
  const authenticated = await whoActs(exchange);
  if (authenticated instanceof Response) {
    return authenticated;
  }
  if (named === "others") {
    const ended = await endOthers(exchange, authenticated);
    return ended === undefined ? refuseRevoked(exchange, authenticated) : json({ ended });
  }
  const id = parseSessionId(named);
  const isEnded = id !== undefined && (await endOne(exchange, authenticated, id));
  return isEnded ? json({ ended: 1 }) : refuse(request, requestId, "not_found");
}

/** A session as programs see it. */
export function asJson(session: SessionView) {
  return {
    id: session.id,
    device: deviceName(session.userAgent),
    userAgent: session.userAgent,
    place: session.place,
    carrier: session.carrier,
    signedInAt: new Date(session.signedInAtMs).toISOString(),
    lastUsedAt: new Date(session.seenAtMs).toISOString(),
    endsAt: new Date(session.endsAtMs).toISOString(),
  };
}

/** Whoever changes something must come from the app's own pages; a program brings its token itself. */
async function whoActs(exchange: Exchange): Promise<Authenticated | Response> {
  const { request, requestId, publicOrigin } = exchange;
  return isCrossSite(request.headers, publicOrigin)
    ? refuse(request, requestId, "cross_site")
    : whoIsThere(exchange);
}

/** The ledger is read each time: what is shown and done here is sensitive. */
async function whoIsThere(exchange: Exchange): Promise<Authenticated | Response> {
  const identified = await identify(exchange);
  if (!identified.ok) {
    return refuseUnknown(exchange, identified.error);
  }
  const { principal } = identified.value;
  const ledger = exchange.ledgerOf(principal.sub);
  const { revoked } = await ledger.standing(factsOf(principal), seenOf(exchange, identified.value));
  return revoked ? refuseRevoked(exchange, identified.value) : identified.value;
}

async function endOne(exchange: Exchange, { principal }: Authenticated, id: SessionId): Promise<boolean> {
  const isEnded = await exchange.ledgerOf(principal.sub).endSession(factsOf(principal), id);
  if (isEnded) {
    record(exchange, principal.sub, "one session, by the user");
  }
  return isEnded;
}

async function endOthers(exchange: Exchange, { principal }: Authenticated): Promise<number | undefined> {
  const ended = await exchange.ledgerOf(principal.sub).endOthers(factsOf(principal));
  if (ended !== undefined) {
    record(exchange, principal.sub, "all other sessions, by the user");
  }
  return ended;
}

function record(
  { gateway, requestId }: Exchange,
  sub: Authenticated["principal"]["sub"],
  reason: string,
): void {
  gateway.record({ event: "revoked", requestId, sub, reason });
}
