import type { ActionCode } from "../policy/schema.ts";
import type { Factor } from "./factor.ts";
import type { ChallengeId } from "../ledger/port.ts";
import type { Sub } from "../identity/principal.ts";
import type { Result } from "../http/result.ts";

/** What is told to Authsignal about one attempt at an action. */
export interface TrackRequest {
  readonly userId: Sub;
  readonly action: ActionCode;
  /** The challenge's id: two tracks with it are one action. */
  readonly idempotencyKey: ChallengeId;
  /** Where the person comes back to; none for a question in shadow, whose answer leads nowhere. */
  readonly redirectUrl: string | undefined;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly deviceId: string | undefined;
  readonly custom: Readonly<Record<string, string | number | boolean>>;
  /** Whether its page is where the user adds authenticators: only for a session that was stepped up just now. */
  readonly opensSettings?: true;
}

/** Authsignal's answer to `track`, validated. Every state that is not named here is `unknown` (decision 12: closed). */
export interface Tracked {
  readonly state: "ALLOW" | "BLOCK" | "CHALLENGE_REQUIRED" | "REVIEW_REQUIRED" | "unknown";
  readonly isEnrolled: boolean;
  /** The way out: only ever on an allow-listed host. Empty where there is none, and the answer needs none. */
  readonly url: string;
  readonly token: string;
  readonly ruleIds: readonly string[];
  /** The verification methods that the action allows, where the answer says. */
  readonly allowedMethods?: readonly string[] | undefined;
}

/** Authsignal's answer to `validate`, reduced to what a decision may rest on. */
export interface Validated {
  readonly state: string | undefined;
  readonly userId: string | undefined;
  readonly action: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly verificationMethod: string | undefined;
}

/** Why Authsignal could not be asked, or its answer not used. None carries its words: they may hold secrets. */
export type AuthsignalProblem =
  | { readonly reason: "timeout" }
  | { readonly reason: "unreachable" }
  | { readonly reason: "refused"; readonly status: number }
  | { readonly reason: "bad_answer" }
  /** An id that cannot be put into a path. */
  | { readonly reason: "bad_question" }
  /** Not asked: Authsignal failed several times in a row a moment ago. */
  | { readonly reason: "circuit_open" }
  /** Not asked: too many questions are under way. Anybody can bring that about, so no route lets it pass. */
  | { readonly reason: "too_many_in_flight" };

/** What names one tracked action at Authsignal. */
export interface ActionKey {
  readonly userId: Sub;
  readonly action: ActionCode;
  readonly idempotencyKey: ChallengeId;
}

/** The part of Authsignal that the gateway needs. */
export interface ChallengeApi {
  /** Makes an action that was allowed one that must be challenged. False when Authsignal left it as it was. */
  force(key: ActionKey): Promise<Result<boolean, AuthsignalProblem>>;
  /** The state an action is in now; any text. */
  stateOf(key: ActionKey): Promise<Result<string, AuthsignalProblem>>;
  /** Since when the authenticator exists by which an action was verified. */
  factorOf(key: ActionKey, method: string | undefined): Promise<Result<Factor, AuthsignalProblem>>;
  track(request: TrackRequest): Promise<Result<Tracked, AuthsignalProblem>>;
  validate(token: string, userId: Sub, action: ActionCode): Promise<Result<Validated, AuthsignalProblem>>;
}

/** Addresses that a user has proven to Authsignal. */
export interface VerifiedContacts {
  readonly email: string | undefined;
  readonly phoneNumber: string | undefined;
}

/** The part of Authsignal that knows which addresses a user has proven to it. */
export interface ContactsApi {
  verifiedContacts(userId: Sub): Promise<Result<VerifiedContacts, AuthsignalProblem>>;
}
