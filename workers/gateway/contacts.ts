import { html } from "../../src/http/html.ts";
import { isNavigation } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { json, refuse, type Exchange } from "./exchange.ts";

/** Where an address that Authsignal has verified is written back to the pool. */
export const CONTACTS_PATH = "/.sallyport/contacts";

/**
 * `POST /.sallyport/contacts`, behind a step-up: the e-mail address and phone number that the user proved to Authsignal
 * become the pool's, as verified. They come from Authsignal alone, never from the request.
 */
export async function writeContacts(exchange: Exchange, principal: Principal): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  if (gateway.poolAdmin === undefined) {
    return refuse(request, requestId, "not_found");
  }
  const contacts = await gateway.contacts.verifiedContacts(principal.sub);
  if (!contacts.ok) {
    return refuse(request, requestId, "step_up_unavailable");
  }
  const { email, phoneNumber } = contacts.value;
  if (email !== undefined || phoneNumber !== undefined) {
    const written = await gateway.poolAdmin.writeVerified(principal.username, contacts.value);
    if (!written.ok) {
      const { error } = written;
      gateway.record({
        event: "refused",
        requestId,
        sub: principal.sub,
        reason: `contacts: ${error.reason}`,
      });
      return error.reason === "user_exists"
        ? refuse(request, requestId, "not_permitted", { detail: "Another account has this address already." })
        : refuse(request, requestId, "sign_in_unavailable");
    }
    gateway.record({ event: "contacts_written", requestId, sub: principal.sub });
  }
  return isNavigation(request.method, request.headers)
    ? renderPage({
        title: "Your addresses are up to date",
        tone: "good",
        body: html`<p>What you confirmed is what your account has now.</p>
          <div class="actions"><a class="button" href="/">Back to the app</a></div>`,
      })
    : json({ email, phoneNumber });
}
