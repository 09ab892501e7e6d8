import { html } from "hono/html";
import { page } from "../page.ts";
import type { Markup } from "../page.ts";
import type { UserActionState } from "../model.ts";
import { brandMark } from "../ui/layout.ts";
import { stateName } from "../words.ts";

const SECTIONS = [
  { href: "/", name: "Activity" },
  { href: "/dashboard/rules", name: "Rules" },
  { href: "/dashboard/users", name: "Users" },
  { href: "/inbox", name: "Inbox" },
  { href: "/dashboard/webhooks", name: "Webhooks" },
  { href: "/dashboard/faults", name: "Faults" },
  { href: "/phone", name: "Phone" },
] as const;

export interface DashboardPage {
  readonly section: (typeof SECTIONS)[number]["name"];
  readonly title?: string;
  readonly intro: string;
  readonly content: Markup;
  readonly status?: number;
  /** A sentence about what was just done. */
  readonly notice?: string | undefined;
  /** Kept fresh while it is looked at: everything in `data-live`. */
  readonly isLive?: boolean;
}

/** The frame of every dashboard page. */
export function dashboardPage(options: DashboardPage): Promise<Response> {
  const { section, intro, content, notice, status, isLive = false } = options;
  const title = options.title ?? section;
  return page({
    title: `${title} · Authsignal (local)`,
    kind: "dashboard",
    ...(status === undefined ? {} : { status }),
    ...(isLive
      ? {
          head: html`<script src="/assets/live.js" type="module"></script>
            <noscript><meta http-equiv="refresh" content="5" /></noscript>`,
        }
      : {}),
    body: html`<a class="skip" href="#content">Skip to content</a>
      <header class="top">
        <div>
          <p class="brand">${brandMark()} Authsignal <span class="tag">local stand-in</span></p>
          <nav aria-label="Sections">
            <ul>
              ${SECTIONS.map(
                ({ href, name }) =>
                  html`<li>
                    <a href="${href}" ${name === section ? html`aria-current="page"` : ""}>${name}</a>
                  </li>`,
              )}
            </ul>
          </nav>
        </div>
      </header>
      <main class="content" id="content">
        <div class="intro">
          <h1>${title}</h1>
          <p>${intro}</p>
        </div>
        ${notice === undefined ? "" : html`<p class="notice" role="status">${notice}</p>`} ${content}
      </main>`,
  });
}

/** What a list says while it has nothing to show. */
export function emptyState(title: string, text: string): Markup {
  return html`<div class="panel empty"><strong>${title}</strong> ${text}</div>`;
}

/** A moment, to the second, in the time of this machine. */
export function moment(iso: string): Markup {
  return html`<time datetime="${iso}">${new Date(iso).toLocaleTimeString("en-GB")}</time>`;
}

/** A state as a word on its colour. */
export function stateChip(state: UserActionState): Markup {
  return html`<span class="chip ${tone(state)}">${stateName(state)}</span>`;
}

function tone(state: UserActionState): string {
  switch (state) {
    case "ALLOW":
    case "CHALLENGE_SUCCEEDED":
    case "REVIEW_SUCCEEDED":
      return "good";
    case "BLOCK":
    case "CHALLENGE_FAILED":
    case "REVIEW_FAILED":
      return "bad";
    case "CHALLENGE_REQUIRED":
    case "REVIEW_REQUIRED":
      return "wait";
    default:
      return state satisfies never;
  }
}
