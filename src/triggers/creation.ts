import type { Tracked } from "../authsignal/port.ts";
import type { Keyring } from "../http/keyring.ts";
import type { SignInClient } from "./config.ts";
import { metadataOf, type StepKind } from "./progress.ts";
import type { Round } from "./question.ts";
import { sealTicket } from "./ticket.ts";

/** CreateAuthChallenge's answer. All values are texts (authsignal.md 8.1). */
export interface Creation {
  readonly publicChallengeParameters: Readonly<Record<string, string>>;
  readonly privateChallengeParameters: Readonly<Record<string, string>>;
  readonly challengeMetadata: string;
}

type Way = Pick<Tracked, "token" | "url">;

/** What one challenge is about, for Verify and for the ticket. */
export interface RoundFacts {
  readonly sub: string;
  readonly clientId: string;
  readonly key: string;
  /** `tokenDigest` of the token that Authsignal began the round with. */
  readonly starter: string;
}

/** The first question, which anything answers. It names the sign-in. */
export function prepareStep(nonce: string): Creation {
  return {
    publicChallengeParameters: { step: "prepare" },
    privateChallengeParameters: { kind: "prepare" },
    challengeMetadata: metadataOf("prepare", nonce, 0),
  };
}

/** Asks for an authenticator to be enrolled; whatever comes back, the next round asks Authsignal anew. */
export function enrolmentStep(client: SignInClient, round: Round, way: Way): Creation {
  return {
    publicChallengeParameters: { step: "enrolment", ...wayOf(client, way) },
    privateChallengeParameters: { kind: "enrolment" },
    challengeMetadata: metadata("enrolment", round),
  };
}

/** A challenge, or a round that the rules let pass after a password: then the token itself is the answer. */
export async function challengeStep(
  kind: "challenge" | "allowed",
  client: SignInClient,
  round: Round,
  way: Way,
  facts: RoundFacts,
  seal: { readonly keyring: Keyring; readonly nowSeconds: number },
): Promise<Creation> {
  const ticket = await sealTicket(seal.keyring, { ...facts, action: client.action, kind }, seal.nowSeconds);
  return {
    publicChallengeParameters: {
      step: kind,
      ticket,
      ...(kind === "allowed" ? { token: way.token } : wayOf(client, way)),
    },
    privateChallengeParameters: { kind, ...facts },
    challengeMetadata: metadata("challenge", round),
  };
}

/** What looks like a challenge and has no answer. */
export async function decoyStep(
  client: SignInClient,
  round: Round,
  way: Way,
  facts: RoundFacts,
  seal: { readonly keyring: Keyring; readonly nowSeconds: number },
): Promise<Creation> {
  const challenge = await challengeStep("challenge", client, round, way, facts, seal);
  return { ...challenge, privateChallengeParameters: { kind: "decoy" } };
}

function wayOf({ ui }: SignInClient, { token, url }: Way): Readonly<Record<string, string>> {
  return ui === "own" ? { token } : { url };
}

function metadata(kind: StepKind, { nonce, round }: Round): string {
  return metadataOf(kind, nonce, round);
}
