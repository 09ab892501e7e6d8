import { isNavigation } from "../../src/http/navigation.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { checkSignIn, type SignInCondition, type SignInProblem } from "../../src/policy/sign-in.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { redirectToSignIn } from "./sign-in.ts";

/** What a sign-in lacks for a route; null when nothing. `atSeconds` is when its age counts. */
export function signInProblem(
  condition: SignInCondition | null,
  principal: Principal,
  atSeconds: number,
): SignInProblem | null {
  return condition === null ? null : checkSignIn(condition, principal, atSeconds);
}

/**
 * Answers a request whose sign-in is not enough. One that is too old leads a page to a fresh one and tells a program
 * how old it may be (RFC 9470 section 3); anything else signing in again would not mend, and is refused.
 */
export async function refuseSignIn(
  exchange: Exchange,
  { carrier }: Authenticated,
  problem: SignInProblem,
): Promise<Response> {
  const { request, requestId, gateway, target } = exchange;
  switch (problem.reason) {
    case "too_old": {
      const isPage = carrier === "cookie" && isNavigation(request.method, request.headers);
      if (isPage && request.method !== "POST") {
        return redirectToSignIn(exchange, { returnTo: target.pathname + target.search, freshly: true });
      }
      return refuse(request, requestId, "sign_in_too_old", {
        status: gateway.config.challengeStatus,
        detail: isPage
          ? "Your sign-in is too long ago for this, so what you sent was not processed. Sign in again, then send it again."
          : `Sign in again: it may be at most ${problem.maxAgeSeconds} seconds ago.`,
        headers: {
          "WWW-Authenticate":
            'Bearer error="insufficient_user_authentication", ' +
            `error_description="A more recent sign-in is needed for this", max_age=${problem.maxAgeSeconds}`,
        },
      });
    }
    case "scope":
      // RFC 6750 section 3.1.
      return refuse(request, requestId, "not_permitted", {
        headers: {
          "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${problem.scopes.map(quotable).join(" ")}"`,
        },
      });
    case "group":
    case "claim":
      return refuse(request, requestId, "not_permitted");
  }
}

/** A scope-token as RFC 6749 section 3.3 writes it; what a policy names beyond that is not repeated in a header. */
function quotable(scope: string): string {
  return scope.replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, "");
}
