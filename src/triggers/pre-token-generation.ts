import type { TriggerClients } from "./config.ts";
import type { PreTokenGenerationEvent } from "./events.ts";
import type { TriggerPorts } from "./ports.ts";
import { readShownChallenge } from "./shown-challenge.ts";

/** The claims that say how a sign-in was confirmed. */
export const METHOD_CLAIM = "sallyport_method";
/** In seconds since the epoch, as `auth_time`. */
export const TIME_CLAIM = "sallyport_challenged_at";

type Claims = Readonly<Record<string, string | number>>;

/** PreTokenGeneration's answer, version 2: the same claims in both tokens. */
export interface TokenGeneration {
  readonly claimsAndScopeOverrideDetails?: {
    readonly idTokenGeneration: { readonly claimsToAddOrOverride: Claims };
    readonly accessTokenGeneration: { readonly claimsToAddOrOverride: Claims };
  };
}

/**
 * PreTokenGeneration V2: method and time of the challenge that this sign-in showed. Where none is shown, or Authsignal
 * cannot be asked, the tokens simply do not say: whoever reads the claims must take their absence as "not challenged".
 * A refresh brings no challenge, so the claims end with the first access token.
 */
export async function preTokenGeneration(
  event: PreTokenGenerationEvent,
  clients: TriggerClients,
  ports: TriggerPorts,
): Promise<TokenGeneration> {
  const { clientId } = event.callerContext;
  const client = clients.get(clientId);
  if (client === undefined || event.triggerSource !== "TokenGeneration_Authentication") {
    return {};
  }
  const shown = await readShownChallenge(event.request, clientId, client, ports);
  if (shown.kind === "none") {
    ports.record({ trigger: "pre-token-generation", clientId, outcome: "no_claims", reason: shown.reason });
    return {};
  }
  if (shown.kind === "allowed" || shown.method === undefined || shown.atSeconds === undefined) {
    return {};
  }
  const claimsToAddOrOverride = { [METHOD_CLAIM]: shown.method, [TIME_CLAIM]: shown.atSeconds };
  return {
    claimsAndScopeOverrideDetails: {
      idTokenGeneration: { claimsToAddOrOverride },
      accessTokenGeneration: { claimsToAddOrOverride },
    },
  };
}
