import type { ErrorCode } from "../../src/http/codes.ts";
import { html } from "../../src/http/html.ts";
import { isNavigation } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import type { Principal } from "../../src/identity/principal.ts";
import type { ChallengeId } from "../../src/ledger/port.ts";
import type { ActionCode } from "../../src/policy/schema.ts";
import { deviceOfSession, readDevice } from "../../src/stepup/device.ts";
import { json, refuse, seeOther, type Exchange } from "./exchange.ts";
import { clientIp } from "./forwarding.ts";
import { factsOf, identify, refuseRevoked, refuseUnknown } from "./sign-in.ts";

/** Where people add another way to confirm. Only a policy that makes this path a step-up opens it. */
export const AUTHENTICATORS_PATH = "/.sallyport/authenticators";
/** The Authsignal action under which the settings page is opened; the step-up before it has the route's own. */
const ACTION = "manage-authenticators" as ActionCode; // it has the shape

/**
 * `GET /.sallyport/authenticators`: the page with the button, also after an authenticator was added.
 *
 * @param isOpen whether the policy has a step-up for it.
 */
export async function showAuthenticators(exchange: Exchange, isOpen: boolean): Promise<Response> {
  const { request, requestId, target } = exchange;
  if (!isOpen) {
    return refuse(request, requestId, "not_found");
  }
  const query = new URLSearchParams(target.search);
  if (query.has("token")) {
    return seeOther(`${AUTHENTICATORS_PATH}?back`); // no address that is shown holds a token
  }
  const identified = await identify(exchange);
  if (!identified.ok) {
    return refuseUnknown(exchange, identified.error);
  }
  const { revoked } = await exchange
    .ledgerOf(identified.value.principal.sub)
    .standing(factsOf(identified.value.principal));
  if (revoked) {
    return refuseRevoked(exchange, identified.value);
  }
  const isBack = query.has("back");
  return renderPage({
    title: isBack ? "Your ways to confirm" : "Add a way to confirm",
    tone: isBack ? "good" : "ask",
    body: html`<p>
        ${isBack ? "What you set up counts from now on." : "Set up another passkey, app or address, so that you are never locked out."}
        First you confirm that it is you, with what you have.
      </p>
      <div class="actions">
        <form method="post" action="${AUTHENTICATORS_PATH}">
          <button class="${isBack ? "quiet" : ""}">${isBack ? "Add another one" : "Continue"}</button>
        </form>
        <a class="button${isBack ? "" : " quiet"}" href="/">Back to the app</a>
      </div>`,
  });
}

/**
 * `POST /.sallyport/authenticators`, behind a step-up: opens Authsignal's settings for the session that was stepped up,
 * and for nobody else: whoever holds their token may add an authenticator.
 */
export async function openSettings(exchange: Exchange, principal: Principal): Promise<Response> {
  const { request, requestId, gateway, publicOrigin } = exchange;
  const tracked = await gateway.authsignal.track({
    userId: principal.sub,
    action: ACTION,
    // A UUID is a challenge id by construction.
    idempotencyKey: crypto.randomUUID() as ChallengeId,
    redirectUrl: publicOrigin + AUTHENTICATORS_PATH,
    ipAddress: clientIp(request),
    userAgent: request.headers.get("user-agent") ?? undefined,
    deviceId: await deviceOf(exchange, principal),
    custom: {},
    opensSettings: true,
  });
  const problem = tracked.ok ? problemOf(tracked.value) : "step_up_unavailable";
  gateway.record({
    event: problem === undefined ? "settings_opened" : "refused",
    requestId,
    sub: principal.sub,
    action: ACTION,
    ...(tracked.ok ? {} : { reason: tracked.error.reason }),
  });
  if (problem !== undefined || !tracked.ok) {
    return refuse(request, requestId, problem ?? "step_up_unavailable");
  }
  const { url, token } = tracked.value;
  return isNavigation(request.method, request.headers) ? seeOther(url) : json({ url, token });
}

function problemOf({ state, url }: { readonly state: string; readonly url: string }): ErrorCode | undefined {
  switch (state) {
    case "ALLOW":
    case "CHALLENGE_REQUIRED":
      return url === "" ? "step_up_unavailable" : undefined;
    case "BLOCK":
      return "blocked";
    case "REVIEW_REQUIRED":
      return "review_required";
    default:
      return "step_up_unavailable";
  }
}

async function deviceOf({ gateway, request }: Exchange, { session }: Principal): Promise<string> {
  return (
    (await readDevice(gateway.keyring, request.headers.get("cookie"))) ??
    deviceOfSession(gateway.keyring, session)
  );
}
