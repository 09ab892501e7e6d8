import { readAttributes, type Attributes } from "../policy/attributes.ts";
import { describeJudgement } from "../policy/describe.ts";
import type { Judgement } from "../policy/judgement.ts";
import { namesAgain } from "../policy/mixed-names.ts";
import { judgeWithQuery } from "../policy/overrides.ts";
import type { Policy } from "../policy/parse.ts";
import { checkSignIn } from "../policy/sign-in.ts";
import { summarize, type SummaryLine } from "../policy/summary.ts";
import type { Request, User } from "./request.ts";

/** What the gateway would do with a request before Authsignal is asked. */
export interface Decision {
  /** `nothing`, `sign-in`, `step-up ACTION`, `deny`, or `refused CODE` with the public error code. */
  readonly decision: string;
  /** The decision with what it asks of the sign-in. */
  readonly full: string;
  readonly route: string | null;
  readonly why: string;
  readonly judgement: Judgement | null;
  readonly attributes: Attributes | null;
  readonly summary: readonly SummaryLine[];
}

const NOW_SECONDS = 1_000_000_000;

/**
 * Decides as the gateway does. Without a user the sign-in is taken to be good enough; without a body (null) the body's
 * attributes are not asked for.
 */
export function decisionOf(policy: Policy, request: Request, user: User | null): Decision {
  const refused = (
    code: string,
    why: string,
    route: string | null = null,
    judgement: Judgement | null = null,
  ) => ({
    decision: `refused ${code}`,
    full: `refused ${code}`,
    route,
    why,
    judgement,
    attributes: null,
    summary: [],
  });
  const { target, method, headers, body } = request;
  if (target === null) {
    return refused("invalid_target", "Parsers read this target differently.");
  }
  const judgement = judgeWithQuery(policy, method, target, headers);
  if (judgement.kind === "refused") {
    const why = {
      invalid_target: "The Destination is no target of the same host, or parsers read it differently.",
      ambiguous_target: "The path or its conditions can be read in ways that ask for different things.",
      method_not_allowed: "Another method of this path is sensitive, and no route lists this one.",
      unsupported_content_type: "Another content type is sensitive here, and no route lists this one.",
    }[judgement.reason];
    return refused(judgement.reason, why, null, judgement);
  }
  const { id, reading, requirement, signIn } = judgement;
  if (requirement === "deny") {
    return {
      ...refused("denied", "", id, judgement),
      decision: "deny",
      full: "deny",
      why: whyOf(id, reading, request),
    };
  }
  if (namesAgain(judgement.bodyMustNotName, body ?? new Uint8Array(), headers) && body !== null) {
    return refused(
      "attribute_refused",
      "The body may say otherwise than the query that decides.",
      id,
      judgement,
    );
  }
  const lacking =
    signIn === null || user === null
      ? null
      : checkSignIn(signIn, { ...user, authTimeSeconds: NOW_SECONDS - user.signedInSecondsAgo }, NOW_SECONDS);
  if (lacking !== null) {
    const code = lacking.reason === "too_old" ? "sign_in_too_old" : "not_permitted";
    return refused(code, `The sign-in lacks what the route asks for: ${lacking.reason}.`, id, judgement);
  }
  const found = { route: id, why: whyOf(id, reading, request), judgement };
  if (judgement.requirement !== "step-up") {
    return {
      ...found,
      decision: requirement,
      full: describeJudgement(judgement),
      attributes: null,
      summary: [],
    };
  }
  const input = {
    target,
    params: judgement.params,
    headers,
    claims: user?.claims ?? {},
    contentType: headers.get("content-type"),
    body,
  };
  const attributes = body === null ? null : readAttributes(judgement.route, input);
  if (attributes !== null && !attributes.ok) {
    const { error } = attributes;
    const code = error.reason === "unsupported_content_type" ? error.reason : "attribute_refused";
    return refused(
      code,
      "attribute" in error ? `${error.attribute}: ${error.reason}.` : `${error.reason}.`,
      id,
      judgement,
    );
  }
  return {
    ...found,
    decision: `step-up ${judgement.route.definition.action}`,
    full: describeJudgement(judgement),
    attributes: attributes?.value ?? null,
    summary: attributes === null ? [] : summarize(judgement.route, attributes.value),
  };
}

function whyOf(id: string, reading: string, { target }: Request): string {
  const which =
    id === "default"
      ? "No route matches, so the default decides"
      : `Route ${id} is the strictest that matches`;
  return reading === target?.pathname ? `${which}.` : `${which}, when the path is read as ${reading}.`;
}
