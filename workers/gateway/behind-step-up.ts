import { decodeJwt } from "jose";
import * as z from "zod/mini";
import { onFirstUse } from "../../src/http/first-use.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { judgeWithQuery } from "../../src/policy/overrides.ts";
import { ASSERTION_HEADER } from "../../src/proxy/assertion.ts";
import { AUTHENTICATORS_PATH, openSettings } from "./authenticators.ts";
import { CONTACTS_PATH, writeContacts } from "./contacts.ts";
import { nowSeconds, refuse, type Exchange } from "./exchange.ts";
import { identify } from "./sign-in.ts";

/** How long after its step-up what is behind it may still be done. */
const FRESH_SECONDS = 300;

const approvalSchema = onFirstUse(() =>
  z.object({ step_up: z.object({ completed_at: z.number(), verification_method: z.string() }) }),
);

/** What the gateway itself does for somebody who was stepped up just now. */
type Done = (exchange: Exchange, principal: Principal) => Promise<Response>;

const BEHIND: ReadonlyMap<string, Done> = new Map([
  [AUTHENTICATORS_PATH, openSettings],
  [CONTACTS_PATH, writeContacts],
]);

/**
 * Some of the gateway's own requests are as sensitive as any of the app's: the policy names their step-up, and what
 * stands behind it, in the place of the app, is the gateway. A path that the policy does not step up is not there.
 *
 * @returns the exchange with that in the place of the app; `undefined` for every other request.
 */
export function behindStepUp(exchange: Exchange): Exchange | undefined {
  const { request, target, gateway } = exchange;
  const done = request.method === "POST" ? BEHIND.get(target.pathname) : undefined;
  if (done === undefined || !isStepUp(exchange)) {
    return undefined;
  }
  const originFetch: typeof fetch = (input, init) => answer(exchange, new Request(input, init), done);
  return { ...exchange, gateway: { ...gateway, originFetch } };
}

/** Whether the policy has a step-up for a POST to this path. */
export function isStepUp({ policy, target, request }: Exchange): boolean {
  const post = judgeWithQuery(policy, "POST", target, request.headers);
  // A content type that the route does not take is refused with its own code, further on.
  return post.kind === "refused"
    ? post.reason === "unsupported_content_type"
    : post.requirement === "step-up";
}

async function answer(exchange: Exchange, forwarded: Request, done: Done): Promise<Response> {
  const { request, requestId } = exchange;
  const identified = await identify(exchange);
  if (!identified.ok || !isFresh(forwarded.headers.get(ASSERTION_HEADER), nowSeconds(exchange))) {
    // ALLOW by the rules, a route in shadow, one that may do without Authsignal: none of them is a step-up.
    return refuse(request, requestId, "step_up_required", {
      status: 403,
      detail: "This is opened by a check just now, and the rules asked for none.",
    });
  }
  return done(exchange, identified.value.principal);
}

/** The assertion is our own, made a moment ago: every spelling of the client's was taken off. */
function isFresh(assertion: string | null, nowSeconds: number): boolean {
  const approval = assertion === null ? undefined : approvalSchema().safeParse(decodeJwt(assertion)).data;
  return approval !== undefined && nowSeconds - approval.step_up.completed_at <= FRESH_SECONDS;
}
