import { json, type Exchange } from "./exchange.ts";

/**
 * What machines ask of Sallyport itself, again and again and first of all: whether it is ready, and by which keys its
 * assertions are checked. Answered without the pages, which are loaded on first use; `undefined` for every other request.
 */
export function statusAnswer({ request, target, policy, gateway }: Exchange): Response | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return undefined;
  }
  switch (target.pathname) {
    case "/.sallyport/health":
      return withoutBody(request, json({ status: "ok", policy: policy.version }));
    case "/.sallyport/jwks.json":
      return withoutBody(request, json(gateway.signer.jwks));
    default:
      return undefined;
  }
}

function withoutBody({ method }: Request, answer: Response): Response {
  return method === "HEAD" ? new Response(null, answer) : answer;
}
