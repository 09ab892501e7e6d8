import {
  ADMINISTRATOR_CODES,
  administratorOf,
  type Administrator,
} from "../../src/identity/administrator.ts";
import { parseSessionId, parseSub, type Sub } from "../../src/identity/principal.ts";
import { verifyCognitoToken } from "../../src/identity/verify.ts";
import { json, nowSeconds, refuse, type Exchange } from "./exchange.ts";
import { asJson } from "./own-sessions.ts";
import { factsOf } from "./sign-in.ts";

/** `GET /.sallyport/admin/users/{user}/sessions`: the sessions of a user. */
export function listSessionsOf(exchange: Exchange, user: string): Promise<Response> {
  return asAdministrator(exchange, user, async (sub) => {
    const sessions = await exchange.ledgerOf(sub).sessions();
    return json({ user: sub, sessions: sessions.map(asJson) });
  });
}

/** `DELETE /.sallyport/admin/users/{user}/sessions`: ends everything that was signed in up to now. */
export function revokeUser(exchange: Exchange, user: string): Promise<Response> {
  return asAdministrator(exchange, user, async (sub, administrator) => {
    const beforeMs = exchange.gateway.nowMs();
    await exchange.ledgerOf(sub).revoke({
      id: `admin:${exchange.requestId}`,
      scope: "user",
      beforeMs,
      reason: "ended by an administrator",
    });
    record(exchange, "revoked", sub, administrator, "all sessions");
    return json({ user: sub, signInsEndedBefore: new Date(beforeMs).toISOString() });
  });
}

/** `DELETE /.sallyport/admin/users/{user}/sessions/{session}`: ends one, whether it is listed or not. */
export function revokeSession(exchange: Exchange, user: string, named: string): Promise<Response> {
  return asAdministrator(exchange, user, async (sub, administrator) => {
    const session = parseSessionId(named);
    if (session === undefined) {
      return refuse(exchange.request, exchange.requestId, "not_found");
    }
    await exchange.ledgerOf(sub).revoke({
      id: `admin:${exchange.requestId}`,
      scope: session,
      beforeMs: exchange.gateway.nowMs(),
      reason: "ended by an administrator",
    });
    record(exchange, "revoked", sub, administrator, "one session");
    return json({ user: sub, session });
  });
}

/** `DELETE /.sallyport/admin/users/{user}`: erases everything about a user, and says what. */
export function forgetUser(exchange: Exchange, user: string): Promise<Response> {
  return asAdministrator(exchange, user, async (sub, administrator) => {
    const { erased, signInsEndedBeforeMs } = await exchange.ledgerOf(sub).forget();
    record(exchange, "forgotten", sub, administrator, "everything in the ledger");
    return json({ user: sub, erased, signInsEndedBefore: new Date(signInsEndedBeforeMs).toISOString() });
  });
}

async function asAdministrator(
  exchange: Exchange,
  user: string,
  act: (sub: Sub, administrator: Administrator) => Promise<Response>,
): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const { administration, tokenRules } = gateway.config;
  const { adminGroup } = administration;
  const administrator = await administratorOf(request.headers, {
    keys: gateway.adminKeys,
    people:
      adminGroup === undefined
        ? undefined
        : {
            group: adminGroup,
            verify: (token) =>
              verifyCognitoToken(token, tokenRules, gateway.authentication.jwks, nowSeconds(exchange)),
            isRevoked: async (principal) =>
              (await exchange.ledgerOf(principal.sub).standing(factsOf(principal))).revoked,
          },
  });
  if (!administrator.ok) {
    return refuse(request, requestId, ADMINISTRATOR_CODES[administrator.error.reason]);
  }
  const sub = parseSub(user);
  return sub === undefined
    ? refuse(request, requestId, "invalid_request", { detail: "A user is named by the sub of their tokens." })
    : act(sub, administrator.value);
}

function record(
  { gateway, requestId }: Exchange,
  event: "revoked" | "forgotten",
  sub: Sub,
  administrator: Administrator,
  what: string,
): void {
  const by =
    administrator.by === "user" ? administrator.principal.sub : `service key (${administrator.slot})`;
  gateway.record({ event, requestId, sub, reason: `${what}, by ${by}` });
}
