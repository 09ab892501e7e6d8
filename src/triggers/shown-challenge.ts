import { parseSub, type Sub } from "../identity/principal.ts";
import { completionProblem } from "./completion.ts";
import type { SignInClient } from "./config.ts";
import { tokenDigest } from "./digest.ts";
import type { TriggerPorts } from "./ports.ts";
import { openTicket } from "./ticket.ts";

const MAX_TOKEN_CHARACTERS = 8_192;

/** A challenge that a client showed to a trigger which was not told of it. */
export interface ShownChallenge {
  readonly kind: "challenge" | "allowed";
  readonly method: string | undefined;
  /** When it was completed, in seconds. */
  readonly atSeconds: number | undefined;
}

/** Why there is none: the client showed nothing that holds, or Authsignal could not be asked. */
export type NotShown = { readonly kind: "none"; readonly reason: string };

/**
 * Reads `ticket` and `token` from the `ClientMetadata` of the last answer: PostAuthentication and PreTokenGeneration
 * hear nothing of the custom challenge itself. The ticket is Create's own and says which round the token must complete;
 * Authsignal says whether it does.
 */
export async function readShownChallenge(
  request: {
    readonly userAttributes?: Readonly<Record<string, string>> | null | undefined;
    readonly clientMetadata?: Readonly<Record<string, string>> | null | undefined;
  },
  clientId: string,
  client: SignInClient,
  ports: TriggerPorts,
): Promise<ShownChallenge | NotShown> {
  const { ticket: sealed, token } = request.clientMetadata ?? {};
  const sub: Sub | undefined = parseSub(request.userAttributes?.["sub"]);
  if (
    sub === undefined ||
    sealed === undefined ||
    token === undefined ||
    token.length > MAX_TOKEN_CHARACTERS ||
    !/^[\x21-\x7e]+$/.test(token)
  ) {
    return { kind: "none", reason: "nothing_shown" };
  }
  const ticket = await openTicket(ports.keyring, sealed, { sub, clientId }, ports.nowSeconds());
  if (ticket === undefined || ticket.action !== client.action) {
    return { kind: "none", reason: "ticket" };
  }
  const validated = await ports.authsignal.validate(token, sub, client.action);
  if (!validated.ok) {
    return { kind: "none", reason: validated.error.reason };
  }
  const problem = completionProblem(validated.value, { ...ticket, sub }, await tokenDigest(token), client);
  if (problem !== undefined) {
    return { kind: "none", reason: problem };
  }
  const atMs = Date.parse(validated.value.stateUpdatedAt ?? "");
  return {
    kind: ticket.kind,
    method: validated.value.verificationMethod,
    atSeconds: Number.isNaN(atMs) ? undefined : Math.floor(atMs / 1000),
  };
}
