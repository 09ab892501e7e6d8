import type { Judgement } from "../../src/policy/judgement.ts";
import { judgeWithBody } from "../../src/policy/overrides.ts";
import { refuse, type Exchange, type HoldingExchange } from "./exchange.ts";
import { readBody } from "./read-body.ts";
import { rebuilt } from "./repeat.ts";
import { identify } from "./sign-in.ts";

/** A request whose body has been looked at, and what the policy requires of it now. */
export interface Overridden {
  readonly exchange: Exchange;
  readonly judgement: Judgement;
}

/** Whether there is a body to look at: a POST on a path where another method requires more. */
export function mayBeOverridden(
  { request, policy, target, gateway }: Exchange,
  judgement: Judgement,
): boolean {
  return (
    request.method === "POST" &&
    request.body !== null &&
    judgement.kind !== "refused" &&
    judgement.requirement !== "deny" &&
    gateway.judge.isOverrideSensitive(policy, request.method, target, request.headers, judgement)
  );
}

/**
 * Judges a POST on a path where another method requires more by what its body could make of it, or refuses it: what
 * cannot be looked at is not let through on the weaker requirement. Only such requests are read, and nobody's before
 * it is known who sends it; all others pass as they are.
 */
export async function overridden(
  exchange: HoldingExchange,
  judgement: Judgement,
): Promise<Overridden | Response> {
  const { request, requestId, policy, target } = exchange;
  if (
    judgement.kind === "refused" ||
    !mayBeOverridden(exchange, judgement) ||
    (judgement.requirement !== "nothing" && !(await identify(exchange)).ok)
  ) {
    return { exchange, judgement };
  }
  if (request.headers.has("content-encoding")) {
    return refuse(request, requestId, "unsupported_content_type", {
      detail: "Send the body without Content-Encoding.",
    });
  }
  const body = await readBody(exchange);
  if (body instanceof Response) {
    return body;
  }
  return {
    exchange: { ...exchange, request: rebuilt(request, body) },
    judgement: judgeWithBody(policy, target, request.headers, judgement, body),
  };
}
