import { fail, ok, type Result } from "../../src/http/result.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { ChallengeId } from "../../src/ledger/port.ts";
import { readAttributes, type AttributeProblem } from "../../src/policy/attributes.ts";
import type { Judgement } from "../../src/policy/judgement.ts";
import { namesAgain } from "../../src/policy/mixed-names.ts";
import { summarize } from "../../src/policy/summary.ts";
import type { Target } from "../../src/policy/target.ts";
import type { Attempt } from "../../src/stepup/begin.ts";
import { bindingOf } from "../../src/stepup/binding.ts";
import { deviceOfSession, readDevice } from "../../src/stepup/device.ts";
import type { KeptRequest } from "../../src/stepup/sealed.ts";
import type { Exchange } from "./exchange.ts";
import { clientIp } from "./forwarding.ts";
import { seenOf } from "./seen.ts";

/** A judgement that asks for a step-up. */
export type StepUpJudgement = Extract<Judgement, { requirement: "step-up" }>;

/** The request an attempt is about: the one of this exchange, or one that was kept. */
export interface Subject {
  readonly method: string;
  readonly publicOrigin: string;
  readonly target: Target;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly keep: KeptRequest | undefined;
  readonly supersedes: ChallengeId | undefined;
}

/**
 * Reads an attempt out of a request: attributes and summary as the route declares them, the binding of exactly this
 * request, and what is known of the sender who asks now.
 */
export async function attemptOf(
  exchange: Exchange,
  authenticated: Authenticated,
  judgement: StepUpJudgement,
  subject: Subject,
): Promise<Result<Attempt, AttributeProblem>> {
  const { request, requestId, gateway } = exchange;
  const { principal } = authenticated;
  const { method, publicOrigin, headers, body, keep, supersedes } = subject;
  const route = judgement.route.definition;
  const contentType = headers.get("content-type");
  const attributes = readAttributes(judgement.route, {
    target: subject.target,
    params: judgement.params,
    headers,
    claims: principal.claims,
    contentType,
    body: body.byteLength === 0 ? null : body,
  });
  if (!attributes.ok) {
    return fail(attributes.error);
  }
  const [mixed = ""] = judgement.bodyMustNotName;
  if (namesAgain(judgement.bodyMustNotName, body, headers)) {
    return fail({ reason: "ambiguous", attribute: mixed });
  }
  const target = subject.target.pathname + subject.target.search;
  return ok({
    requestId,
    principal,
    client: {
      ipAddress: clientIp(request),
      userAgent: request.headers.get("user-agent") ?? undefined,
      deviceId:
        (await readDevice(gateway.keyring, request.headers.get("cookie"))) ??
        (await deviceOfSession(gateway.keyring, principal.session)),
      country: request.headers.get("cf-ipcountry") ?? undefined,
      seen: seenOf(exchange, authenticated),
    },
    route,
    method,
    target,
    publicOrigin,
    binding: await bindingOf({
      action: route.action,
      method,
      target,
      contentType,
      body,
      headers: headersRead(judgement, headers),
    }),
    attributes: attributes.value,
    summary: summarize(judgement.route, attributes.value),
    keep,
    supersedes,
  });
}

/** The headers that the route's attributes are read from, and where a copy leads: part of what is approved, like the body. */
function headersRead({ route }: StepUpJudgement, headers: Headers): [string, string][] {
  const names = Object.values(route.definition.attributes)
    .filter((rule) => rule.from === "header")
    .map((rule) => rule.name.toLowerCase());
  if (headers.has("destination")) {
    names.push("destination");
  }
  return [...new Set(names)].toSorted().map((name) => [name, headers.get(name) ?? ""]);
}
