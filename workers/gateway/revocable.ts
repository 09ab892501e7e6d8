import type { Principal } from "../../src/identity/principal.ts";
import type { LiveEnd } from "../../src/ledger/live-sessions.ts";
import { relaySocket, type Cut } from "../../src/proxy/relay-socket.ts";
import { isEndless, relayStream } from "../../src/proxy/relay-stream.ts";
import type { Exchange } from "./exchange.ts";

/** 1008 is "policy violation", 1013 "try again later" (RFC 6455 section 7.4.1, IANA's registry). */
const CUTS: Readonly<Record<LiveEnd, Cut>> = {
  revoked: { code: 1008, reason: "the session was ended" },
  expired: { code: 1008, reason: "the token has expired" },
  unreadable: { code: 1013, reason: "the session cannot be checked" },
};

/**
 * On a route marked `revocable`, makes a socket or stream of the app's end with the session or token that opened it.
 * Every other answer is given back as it is.
 */
export function revocable(exchange: Exchange, principal: Principal, answer: Response): Response {
  const isSocket = answer.webSocket !== null;
  if (exchange.isRevocable !== true || !(isSocket || isEndless(answer))) {
    return answer;
  }
  const { gateway, requestId } = exchange;

  async function untilEnd(gone: AbortSignal): Promise<LiveEnd | undefined> {
    const end = await gateway.live.untilEnd(principal, () => exchange.ledgerOf(principal.sub), gone);
    if (end !== undefined) {
      gateway.record({ event: "cut", requestId, sub: principal.sub, reason: end });
    }
    return end;
  }

  return isSocket
    ? relaySocket(answer, async (gone) => {
        const end = await untilEnd(gone);
        return end && CUTS[end];
      })
    : relayStream(answer, async (gone) => (await untilEnd(gone)) !== undefined);
}
