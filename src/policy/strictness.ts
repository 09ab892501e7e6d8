import type { Judgement, Refusal, RouteJudgement } from "./judgement.ts";

const RANK = { nothing: 0, "sign-in": 1, "step-up": 2, deny: 3 } as const;

/** Methods that change nothing (RFC 9110 section 9.2.1) and that an app's own pages need beside a sensitive POST. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** A target that means different things to different origins. */
export const AMBIGUOUS: Refusal = Object.freeze({ kind: "refused", reason: "ambiguous_target" });

/** The methods of an `Allow` header. */
export function methodsAllowedBeside(listed: Iterable<string>): readonly string[] {
  return [...new Set([...listed, ...SAFE_METHODS])].sort();
}

/** Whether a route's attributes are read from parameters on which two readings disagree. */
function disagreeOnAttributes(first: RouteJudgement, second: RouteJudgement): boolean {
  if (first.requirement !== "step-up" || second.requirement !== "step-up") {
    return false;
  }
  return Object.values(first.route.definition.attributes).some(
    (rule) => rule.from === "path" && first.params[rule.name] !== second.params[rule.name],
  );
}

/** Whether whoever meets `first` has met `second` as well. */
function covers(first: RouteJudgement, second: RouteJudgement): boolean {
  if (first.requirement === "deny") {
    return true;
  }
  const hasRank = RANK[first.requirement] >= RANK[second.requirement];
  const hasSignIn = second.signIn === null || first.signIn?.key === second.signIn.key;
  const isOtherStepUp = second.requirement === "step-up" && first.route !== second.route;
  return hasRank && hasSignIn && !isOtherStepUp && !disagreeOnAttributes(first, second);
}

function bothRefused(first: Refusal, second: Refusal): Refusal {
  if (first.reason === "method_not_allowed" && second.reason === "method_not_allowed") {
    return { ...first, allow: methodsAllowedBeside([...first.allow, ...second.allow]) };
  }
  return first.reason === "unsupported_content_type" && second.reason === first.reason
    ? { ...first, accept: [...new Set([...first.accept, ...second.accept])] }
    : AMBIGUOUS;
}

/** What the other judgement asks for besides its requirement is asked for too. */
function withDemandsOf(kept: RouteJudgement, other: Judgement): RouteJudgement {
  if (other.kind === "refused") {
    return kept;
  }
  const isRevocable = kept.isRevocable || other.isRevocable;
  if (other.bodyMustNotName.length === 0) {
    return isRevocable === kept.isRevocable ? kept : { ...kept, isRevocable };
  }
  const bodyMustNotName = [...new Set([...kept.bodyMustNotName, ...other.bodyMustNotName])];
  return { ...kept, isRevocable, bodyMustNotName };
}

/**
 * The stricter of two findings: deny, then refusal, step-up, sign-in, nothing. Where neither includes the other (two
 * step-ups, two different demands on the sign-in) there is no stricter one, and the target is refused.
 */
export function stricter(first: Judgement, second: Judgement): Judgement {
  if (first.kind === "refused") {
    return second.kind === "refused" ? bothRefused(first, second) : stricter(second, first);
  }
  if (second.kind === "refused") {
    return first.requirement === "deny" ? first : second;
  }
  if (covers(first, second)) {
    return withDemandsOf(first, second);
  }
  return covers(second, first) ? withDemandsOf(second, first) : AMBIGUOUS;
}
