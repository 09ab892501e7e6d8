import { Hono } from "hono";
import { html } from "hono/html";
import { isAnswered } from "../approvals.ts";
import type { Approval } from "../approvals.ts";
import type { Context } from "../context.ts";
import { enrol, pendingOf } from "../enrolling.ts";
import type { User } from "../model.ts";
import { page, seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { pendingDetails } from "../pending-enrolments.ts";
import type { PendingEnrolment } from "../pending-enrolments.ts";
import { refuseCrossSite } from "../same-site.ts";
import { formFields } from "../ui/form.ts";
import { brandMark, purpose } from "../ui/layout.ts";
import { humanName, methodName, userName } from "../words.ts";
import { claim, decide, shownOn } from "./decide.ts";
import type { Decision } from "./decide.ts";
import { setUpPhone } from "./set-up.ts";

const NOTICES: Readonly<Record<string, string>> = {
  approved: "Approved.",
  denied: "Denied.",
  scanned: "Scanned. Approve or deny it below.",
  set_up: "This phone is set up.",
  gone: "There is nothing to answer any more.",
  no_phone: "This phone is not set up for that. Set it up below.",
  refused: "It could not be confirmed just now. Try again in a moment.",
};

/** Pages that play the phones of the local world. */
export function phonePages(context: Context): Hono {
  const { store, client } = context;
  const pages = new Hono();
  pages.use("/phone/*", refuseCrossSite);

  pages.get("/phone", () => choosePage());

  // What the picture of a QR code says: whoever opens it says first whose phone it is.
  pages.get("/phone/scan", (c) => choosePage(c.req.query("challenge")));

  pages.get("/phone/:userId", (c) => {
    const user = store.users.get(c.req.param("userId"));
    return user === undefined ? c.notFound() : phonePage(user, NOTICES[c.req.query("done") ?? ""]);
  });

  pages.post("/phone/:userId", async (c) => {
    const userId = c.req.param("userId");
    if (!store.users.has(userId)) {
      return c.notFound();
    }
    const fields = await formFields(c);
    const done = await obey(userId, fields.get("do") ?? "", fields.get("id") ?? "");
    return seeOther(`/phone/${encodeURIComponent(userId)}?done=${done}`);
  });

  return pages;

  async function obey(userId: string, what: string, id: string): Promise<string> {
    switch (what) {
      case "approve":
        return told(await decide(context, id, userId, true), "approved");
      case "deny":
        return told(await decide(context, id, userId, false), "denied");
      case "scan":
        return told(claim(context, id.trim(), userId), "scanned");
      case "agree":
        return agree(userId, id);
      case "push":
        setUpPhone(context, userId, "PUSH");
        return "set_up";
      case "qr":
        setUpPhone(context, userId, "QR_CODE");
        return "set_up";
      default:
        return "gone";
    }
  }

  /** The person agrees to what the pre-built UI asked for. */
  async function agree(userId: string, id: string): Promise<string> {
    const pending = client.pending.ofPhone(userId).find((one) => one.userAuthenticatorId === id);
    const action = pending === undefined ? undefined : store.action(pending.action);
    if (
      pending === undefined ||
      action === undefined ||
      pendingOf(context, action, pending.verificationMethod) === undefined
    ) {
      return "gone";
    }
    const { token } = await enrol(context, action, pendingDetails(pending));
    return token === undefined ? "refused" : "set_up";
  }

  function choosePage(challengeId?: string): Promise<Response> {
    return screen(
      "Whose phone is this?",
      undefined,
      html`<ul class="choices">
        ${[...store.users.values()].map(
          (user) =>
            html`<li>
              ${
                challengeId === undefined
                  ? html`<a href="${phoneHref(user)}"><strong>${userName(user, user.userId)}</strong></a>`
                  : doForm(user, "scan", challengeId, userName(user, user.userId), "secondary")
              }
            </li>`,
        )}
      </ul>`,
    );
  }

  function phonePage(user: User, notice: string | undefined): Promise<Response> {
    const shown = shownOn(context, user.userId);
    const asked = client.pending.ofPhone(user.userId);
    const methods = store.methodsOf(user.userId);
    return screen(
      `Phone of ${userName(user, user.userId)}`,
      notice,
      html`<div data-live class="feed">
          ${asked.map((pending) => setUpRequest(user, pending))}
          ${shown.map((approval) => request(user, approval))}
          ${
            shown.length + asked.length === 0
              ? html`<p class="hint">Nothing to approve. Requests appear here by themselves.</p>`
              : ""
          }
        </div>
        <details>
          <summary>This phone</summary>
          <div class="feed">
            ${
              methods.includes("PUSH")
                ? html`<p>Set up for push notifications.</p>`
                : doForm(user, "push", "", "Set up for push notifications", "secondary")
            }
            ${
              methods.includes("QR_CODE")
                ? html`<p>Set up for QR codes.</p>`
                : doForm(user, "qr", "", "Set up for QR codes", "secondary")
            }
            <form method="post" action="${phoneHref(user)}">
              <input type="hidden" name="do" value="scan" />
              <label for="id">Number of a QR code</label>
              <input id="id" name="id" autocomplete="off" required />
              <button class="secondary">Scan</button>
            </form>
            <p class="other-way"><a href="/phone">Another phone</a></p>
          </div>
        </details>`,
    );
  }

  function request(user: User, approval: Approval): Markup {
    const { challengeId, actionCode, custom, method } = approval;
    const action = { userId: user.userId, actionCode, custom };
    return html`<section class="request" aria-label="${humanName(actionCode)}">
      <h2>
        ${approval.state === "unclaimed" ? "A QR code on a screen" : `Is this you? (${methodName(method)})`}
      </h2>
      ${purpose(action, user)}
      ${
        approval.state === "unclaimed"
          ? doForm(user, "scan", challengeId, "Scan it", "primary")
          : html`<div class="pair">
              ${doForm(user, "deny", challengeId, "Deny", "secondary")}
              ${doForm(user, "approve", challengeId, "Approve", "primary")}
            </div>`
      }
      ${isAnswered(approval) ? html`<p>${approval.state}</p>` : ""}
    </section>`;
  }

  function setUpRequest(user: User, { userAuthenticatorId, verificationMethod }: PendingEnrolment): Markup {
    const what = verificationMethod === "PUSH" ? "push notifications" : "QR codes";
    return html`<section class="request" aria-label="Set up">
      <h2>Set up this phone?</h2>
      <p>It will be asked to confirm by ${what}.</p>
      ${doForm(user, "agree", userAuthenticatorId, "Set up", "primary")}
    </section>`;
  }
}

function told(decision: Decision, done: string): string {
  return decision === "done" ? done : decision;
}

function phoneHref({ userId }: User): string {
  return `/phone/${encodeURIComponent(userId)}`;
}

function doForm(user: User, what: string, id: string, label: string, look: "primary" | "secondary"): Markup {
  return html`<form method="post" action="${phoneHref(user)}">
    <input type="hidden" name="do" value="${what}" /><input type="hidden" name="id" value="${id}" />
    <button class="${look}">${label}</button>
  </form>`;
}

function screen(title: string, notice: string | undefined, content: Markup): Promise<Response> {
  return page({
    title: `${title} · Authsignal (local)`,
    kind: "phone",
    head: html`<script src="/assets/live.js" type="module"></script>
      <noscript><meta http-equiv="refresh" content="5" /></noscript>`,
    body: html`<main class="card">
      <p class="brand">${brandMark()} Authsignal <span class="tag">phone of the local world</span></p>
      <h1>${title}</h1>
      ${notice === undefined ? "" : html`<p class="notice" role="status">${notice}</p>`} ${content}
    </main>`,
  });
}
