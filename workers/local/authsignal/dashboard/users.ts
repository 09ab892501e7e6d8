import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import type { Authenticator, User } from "../model.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { methodName, userName } from "../words.ts";
import { dashboardPage, emptyState } from "./layout.ts";

const MAX_USERS = 100;
/** With more than these, searching is offered. */
const MANY_USERS = 10;

/** Users with their authenticators, and the page that asks before one is deleted. */
export function usersPages({ store, verifier, webhooks }: Context): Hono {
  const pages = new Hono();

  pages.get("/dashboard/users", (c) => {
    const wanted = (c.req.query("q") ?? "").trim().toLowerCase();
    const found = [...store.users.values()].filter((user) =>
      [user.userId, user.email, user.username, user.displayName, user.phoneNumber].some(
        (text) => text?.toLowerCase().includes(wanted) === true,
      ),
    );
    return dashboardPage({
      section: "Users",
      intro: "Who can be asked, and by which means. Deleting an authenticator tells the webhook.",
      notice: c.req.query("done") === "deleted" ? "The authenticator was deleted." : undefined,
      content: html`${store.users.size > MANY_USERS || wanted !== "" ? searchForm(wanted) : ""}
      ${
        found.length === 0
          ? emptyState(
              "No users",
              wanted === "" ? "They appear with their first action." : `Nobody fits “${wanted}”.`,
            )
          : found.slice(0, MAX_USERS).map(userPanel)
      }
      ${found.length > MAX_USERS ? html`<p class="muted">And ${found.length - MAX_USERS} more: search for them.</p>` : ""}`,
    });
  });

  pages.get("/dashboard/users/:userId/authenticators/:id/delete", (c) => {
    const authenticator = find(c.req.param("userId"), c.req.param("id"));
    if (authenticator === undefined) {
      return c.notFound();
    }
    const name = userName(store.users.get(authenticator.userId), authenticator.userId);
    return dashboardPage({
      section: "Users",
      title: "Delete this authenticator?",
      intro: `${name} will no longer be able to confirm with it. This cannot be undone.`,
      content: html`<div class="panel narrow">
        <div class="part">
          <h2>${methodName(authenticator.verificationMethod)}</h2>
          <p class="muted">
            ${authenticator.secret === undefined ? detailOf(authenticator) : "Codes from an app"}
          </p>
        </div>
        <form class="part actions" method="post" action="${deleteHref(authenticator)}">
          <a class="button" href="/dashboard/users">Keep it</a><button class="danger">Delete</button>
        </form>
      </div>`,
    });
  });

  pages.post("/dashboard/users/:userId/authenticators/:id/delete", (c) => {
    const removed = store.removeAuthenticator(c.req.param("userId"), c.req.param("id"));
    if (removed !== undefined) {
      webhooks.authenticatorEvent("authenticator.deleted", removed);
    }
    return seeOther("/dashboard/users?done=deleted");
  });

  return pages;

  function find(userId: string, id: string): Authenticator | undefined {
    return store.authenticatorsOf(userId).find((one) => one.userAuthenticatorId === id);
  }

  function userPanel(user: User): Markup {
    const authenticators = store.authenticatorsOf(user.userId);
    const name = userName(user, user.userId);
    return html`<section class="panel" aria-label="${name}">
      <header>
        <div>
          <h2>${name}</h2>
          <p>
            ${user.email ?? "no e-mail address"} · <code>${user.userId}</code>
            ${user.email === undefined ? "" : html`· <a href="/inbox?to=${encodeURIComponent(user.email)}">Messages</a>`}
          </p>
        </div>
        ${authenticators.length === 0 ? html`<span class="chip wait">Not enrolled</span>` : html`<span class="chip good">Enrolled</span>`}
      </header>
      ${authenticators.length === 0 ? html`<p class="part muted">No authenticators.</p>` : authenticators.map((one) => authenticatorRow(one, name))}
    </section>`;
  }

  function authenticatorRow(authenticator: Authenticator, owner: string): Markup {
    const method = methodName(authenticator.verificationMethod);
    return html`<div class="part row">
      <div>
        <h3>${method} ${authenticator.isDefault ? html`<span class="chip">Default</span>` : ""}</h3>
        <p class="muted">${detailOf(authenticator)}</p>
      </div>
      ${
        authenticator.verificationMethod === "AUTHENTICATOR_APP"
          ? html`<p class="muted">
              Next code <span class="big-code">${verifier.nextAppCode(authenticator)}</span>
            </p>`
          : ""
      }
      <a class="button small" href="${deleteHref(authenticator)}"
        >Delete<span class="visually-hidden"> ${method} of ${owner}</span></a
      >
    </div>`;
  }
}

function searchForm(wanted: string): Markup {
  return html`<form class="filter" method="get" action="/dashboard/users">
    <div class="field">
      <label for="q">Name, address or id</label
      ><input id="q" name="q" type="search" value="${wanted}" placeholder="anyone" />
    </div>
    <button>Show</button>
  </form>`;
}

/** What tells one authenticator from another. */
function detailOf({ email, phoneNumber, credential, secret }: Authenticator): Markup | string {
  return (
    email ??
    phoneNumber ??
    credential?.name ??
    (secret === undefined ? "This phone" : html`Key <code>${secret}</code>`)
  );
}

function deleteHref({ userId, userAuthenticatorId }: Authenticator): string {
  return `/dashboard/users/${encodeURIComponent(userId)}/authenticators/${userAuthenticatorId}/delete`;
}
