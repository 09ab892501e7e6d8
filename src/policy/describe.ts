import type { Judgement } from "./judgement.ts";

/**
 * A judgement in a few words that are the same for judgements that ask for the same: `nothing`, `sign-in`,
 * `sign-in (groups admins)`, `step-up transfer`, `deny`, `refused method_not_allowed`. For records, tests and people.
 */
export function describeJudgement(judgement: Judgement): string {
  if (judgement.kind === "refused") {
    return `refused ${judgement.reason}`;
  }
  const { requirement, signIn } = judgement;
  const action = judgement.requirement === "step-up" ? ` ${judgement.route.definition.action}` : "";
  const demands: string[] = [];
  if (signIn !== null && requirement !== "deny") {
    const { groups, scopes, claims, maxAgeSeconds } = signIn;
    demands.push(
      ...(groups === null ? [] : [`groups ${groups.join(" or ")}`]),
      ...(scopes.length === 0 ? [] : [`scopes ${scopes.join(" and ")}`]),
      ...claims.map(([name, values]) => `claim ${name} ${values.join(" or ")}`),
      ...(maxAgeSeconds === null ? [] : [`signed in at most ${maxAgeSeconds} s ago`]),
    );
  }
  if (judgement.isRevocable) {
    demands.push("revocable");
  }
  return `${requirement}${action}${demands.length === 0 ? "" : ` (${demands.join(", ")})`}`;
}
