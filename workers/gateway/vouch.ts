import type { Vouch } from "../../src/sign-in/conversation.ts";
import type { Language } from "../../src/sign-in/messages.ts";
import type { Exchange } from "./exchange.ts";
import type { OwnSignInPorts } from "./gateway.ts";

/** What the pool's triggers are told of this request, signed for the user that it is about. */
export function vouchFor(_exchange: Exchange, _own: OwnSignInPorts, language: Language): Vouch {
  return async () => ({ locale: language });
}
