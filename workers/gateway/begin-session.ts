import { setCookie } from "../../src/http/cookies.ts";
import { parseSessionId, type Principal } from "../../src/identity/principal.ts";
import { sealSession, SESSION_COOKIE } from "../../src/identity/session-cookie.ts";
import { parseChallengeId } from "../../src/ledger/port.ts";
import { DEVICE_COOKIE, DEVICE_COOKIE_SECONDS, readDevice, signDevice } from "../../src/stepup/device.ts";
import { nowSeconds, refuse, seeOther, type Exchange } from "./exchange.ts";
import { seenOf } from "./seen.ts";
import { factsOf } from "./sign-in.ts";

/** A sign-in that was just proven, and what it was begun for. */
export interface ProvenSignIn {
  readonly principal: Principal;
  /** A path on this origin. */
  readonly returnTo: string;
  /** An enrolment that waits for this sign-in, and the session it belonged to. */
  readonly adopt: { readonly challenge: string; readonly from: string } | undefined;
  /** `Set-Cookie` values that take the state of the sign-in away. */
  readonly cookies: readonly string[];
  /** The answer to a sign-in at or before a revocation (design decision 13). */
  readonly whenRevoked: () => Promise<Response> | Response;
}

/** Begins the browser's session: in the ledger, in its cookie, and with a device of its own. Ends in `returnTo`. */
export async function beginSession(exchange: Exchange, proven: ProvenSignIn): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const { principal } = proven;
  const ledger = exchange.ledgerOf(principal.sub);
  const seen = seenOf(exchange, { principal, carrier: "cookie" });
  const { revoked } = await ledger.startSession(factsOf(principal), seen);
  if (revoked) {
    return proven.whenRevoked();
  }
  const session = await sealSession(gateway.keyring, principal, exchange.policy.claimNames);
  if (session === undefined) {
    return refuse(request, requestId, "sign_in_failed", {
      detail: "The session does not fit a cookie: the user is in too many groups.",
    });
  }
  await adopt(exchange, proven);
  gateway.record({ event: "signed_in", requestId, sub: principal.sub });
  // Absolute: a path that begins with two slashes would otherwise name another host.
  return seeOther(exchange.publicOrigin + proven.returnTo, [
    setCookie(SESSION_COOKIE, session, principal.expiresAtSeconds - nowSeconds(exchange)),
    ...proven.cookies,
    ...(await newDevice(exchange)),
  ]);
}

async function adopt(exchange: Exchange, { principal, adopt: adoption }: ProvenSignIn): Promise<void> {
  const challenge = parseChallengeId(adoption?.challenge);
  const from = parseSessionId(adoption?.from);
  if (challenge !== undefined && from !== undefined) {
    await exchange.ledgerOf(principal.sub).adopt(factsOf(principal), challenge, from);
  }
}

async function newDevice({ gateway, request }: Exchange): Promise<string[]> {
  const known = await readDevice(gateway.keyring, request.headers.get("cookie"));
  return known === undefined
    ? [
        setCookie(
          DEVICE_COOKIE,
          await signDevice(gateway.keyring, crypto.randomUUID()),
          DEVICE_COOKIE_SECONDS,
        ),
      ]
    : [];
}
