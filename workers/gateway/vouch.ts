import { readDevice } from "../../src/stepup/device.ts";
import type { Vouch } from "../../src/sign-in/conversation.ts";
import type { Language } from "../../src/sign-in/messages.ts";
import { signClientContext } from "../../src/triggers/client-context.ts";
import { nowSeconds, type Exchange } from "./exchange.ts";
import { clientIp } from "./forwarding.ts";
import type { OwnSignInPorts } from "./gateway.ts";

/** What the triggers take of a User-Agent. */
const MAX_USER_AGENT_CHARACTERS = 512;

/**
 * What the pool's triggers are told of this request: its address, browser and device, signed for the one user that it
 * is about. Without a secret in common only the language is told; what is not signed, anybody could have written.
 */
export function vouchFor(exchange: Exchange, own: OwnSignInPorts, language: Language): Vouch {
  return async (username) => {
    const { gateway, request } = exchange;
    if (own.vouchers === undefined) {
      return { locale: language };
    }
    const deviceId = await readDevice(gateway.keyring, request.headers.get("cookie"));
    const userAgent = request.headers.get("user-agent")?.slice(0, MAX_USER_AGENT_CHARACTERS);
    const ipAddress = clientIp(request);
    const context = {
      clientId: own.pool.clientId,
      userName: username,
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(ipAddress === undefined ? {} : { ipAddress }),
    };
    return {
      locale: language,
      context: await signClientContext(own.vouchers, context, nowSeconds(exchange)),
    };
  };
}
