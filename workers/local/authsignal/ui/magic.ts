import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import type { MagicLink } from "../magic-links.ts";
import { seeOther } from "../page.ts";
import { formFields } from "./form.ts";
import { card, purpose } from "./layout.ts";

/**
 * Where a magic link leads. Opening it only shows what it is for: mail programs open links on their own, so it takes a
 * button to agree.
 */
export function magicUi({ client, store }: Context): Hono {
  const ui = new Hono();

  ui.get("/magic", (c) => {
    if (c.req.query("done") !== undefined) {
      return card({
        title: "Thank you",
        content: html`<p>You can close this page and go back to where you asked for the link.</p>`,
      });
    }
    const link = client.links.find(c.req.query("link") ?? "");
    return link === undefined ? gonePage() : confirmPage(link);
  });

  ui.post("/magic", async (c) => {
    const link = client.links.find((await formFields(c)).get("link") ?? "");
    if (link === undefined) {
      return gonePage();
    }
    link.isConfirmed = true;
    return seeOther("/magic?done=1");
  });

  return ui;

  function confirmPage({ secret, action }: MagicLink): Promise<Response> {
    const tracked = store.action(action);
    return card({
      title: "Is this you?",
      content: html`${tracked === undefined ? "" : purpose(tracked, store.ensureUser(action.userId))}
        <form method="post" action="/magic">
          <input type="hidden" name="link" value="${secret}" />
          <button class="primary" autofocus>Yes, confirm</button>
        </form>
        <p class="hint">If you did not ask for this, close this page.</p>`,
    });
  }
}

function gonePage(): Promise<Response> {
  return card({
    title: "This link does not work any more",
    status: 410,
    content: html`<p>It was used, replaced by a newer one, or is older than ten minutes.</p>`,
  });
}
