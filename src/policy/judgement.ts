import type { CompiledRoute, CompiledStepUpRoute } from "./parse.ts";
import type { PathParameters } from "./pattern.ts";
import type { SignInCondition } from "./sign-in.ts";

interface Judged {
  readonly kind: "route";
  /** The route's id, or `default`. */
  readonly id: string;
  /** Decoded once. */
  readonly params: PathParameters;
  /** The reading of the path that was strictest. */
  readonly reading: string;
  /** What the sign-in must be like, beyond being one. */
  readonly signIn: SignInCondition | null;
  /** Whether WebSockets and event streams are cut when the session ends: of any reading that asks for it. */
  readonly isRevocable: boolean;
  /**
   * Names of query fields that decided. Origins that merge query and body would see another value when the body names
   * one too: whoever enforces the judgement must refuse that. Empty for requests without a body.
   */
  readonly bodyMustNotName: readonly string[];
}

/** A request that a route, or the default, decides. */
export type RouteJudgement =
  | (Judged & { readonly requirement: "step-up"; readonly route: CompiledStepUpRoute })
  | (Judged & {
      readonly requirement: "nothing" | "sign-in" | "deny";
      /** Null when the default decides. */
      readonly route: CompiledRoute | null;
    });

/**
 * A request that is refused whoever sends it: 400 for a target with two meanings or a `Destination` that is none, 405
 * for an unlisted method, 415 for an unlisted content type.
 */
export type Refusal =
  | { readonly kind: "refused"; readonly reason: "ambiguous_target" | "invalid_target" }
  | { readonly kind: "refused"; readonly reason: "method_not_allowed"; readonly allow: readonly string[] }
  | {
      readonly kind: "refused";
      readonly reason: "unsupported_content_type";
      readonly accept: readonly string[];
    };

/** What the policy requires of a request. */
export type Judgement = RouteJudgement | Refusal;
