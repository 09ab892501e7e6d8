import type { RouteJudgement } from "../../src/policy/judgement.ts";
import { isMergedWithQuery, namesAgain } from "../../src/policy/mixed-names.ts";
import { refuse, type Exchange, type HoldingExchange } from "./exchange.ts";
import { readBody } from "./read-body.ts";
import { rebuilt } from "./repeat.ts";

/**
 * The exchange with its body known not to contradict the query on which its judgement rests, or the refusal. Only
 * requests of such routes with a body that frameworks merge with the query are read; all others pass as they are.
 */
export async function unmixed(
  exchange: HoldingExchange,
  judgement: RouteJudgement,
): Promise<Exchange | Response> {
  const { request } = exchange;
  const names = judgement.bodyMustNotName;
  if (request.body === null || !isMergedWithQuery(request.headers.get("content-type"))) {
    return exchange;
  }
  const body = await readBody(exchange);
  if (body instanceof Response) {
    return body;
  }
  return namesAgain(names, body, request.headers)
    ? refuseMixed(exchange, names)
    : { ...exchange, request: rebuilt(request, body) };
}

/** Refuses a request whose body may say otherwise than its query. */
export function refuseMixed({ request, requestId }: Exchange, names: readonly string[]): Response {
  return refuse(request, requestId, "attribute_refused", {
    detail: `The body must be readable, and must not hold a field that the query decides: ${names.join(", ")}.`,
  });
}
