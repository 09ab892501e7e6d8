import { html, type Html } from "../../src/http/html.ts";
import type { Page } from "../../src/http/page.ts";
import { deviceName } from "../../src/http/user-agent.ts";
import type { SessionView } from "../../src/ledger/port.ts";

/** Where the page is; its forms post to it. */
export const SESSIONS_PATH = "/.sallyport/sessions";
/** The field of its forms: a session's id, or `others`. */
export const END_FIELD = "end";

/** What was just done, to be told above the list. */
export type SessionsDone = "one" | "others";

/** The user's own sessions: what, where, since when, and a button to end each but this one. */
export function sessionsPage(
  sessions: readonly SessionView[],
  current: SessionView["id"],
  done: SessionsDone | undefined,
): Page {
  const isCurrent = ({ id }: SessionView) => id === current;
  const others = sessions.filter((session) => !isCurrent(session));
  const ordered = [...sessions.filter(isCurrent), ...others];
  return {
    title: "Where you are signed in",
    tone: done === undefined ? "ask" : "good",
    body: html`${doneLine(done)}
      <p>If you do not know one of these, end it. If you have a password, change it.</p>
      <ul class="sessions">
        ${ordered.map((session) => item(session, isCurrent(session)))}
      </ul>
      <div class="actions">
        ${others.length === 0 ? undefined : endOthers()}
        <a class="button quiet" href="/">Back to the app</a>
      </div>
      <p class="soft">Times are in UTC, and correct to about ten minutes.</p>`,
  };
}

function doneLine(done: SessionsDone | undefined): Html | undefined {
  return done === undefined
    ? undefined
    : html`<p role="status">
        <strong>${done === "one" ? "The session was ended." : "All other sessions were ended."}</strong>
      </p>`;
}

function endOthers(): Html {
  return html`<form method="post" action="${SESSIONS_PATH}">
    <button name="${END_FIELD}" value="others">End all other sessions</button>
  </form>`;
}

function item(session: SessionView, isCurrent: boolean): Html {
  const device = deviceName(session.userAgent);
  const place = session.place === "" ? "place not known" : session.place;
  return html`<li>
    <div>
      <strong>${device}</strong>${isCurrent ? html` <span class="badge">This one</span>` : undefined}
      <p class="soft">${place}${session.carrier === "bearer" ? ", an app or program" : ""}</p>
      <p class="soft">Signed in ${time(session.signedInAtMs)}</p>
      <p class="soft">Last used ${time(session.seenAtMs)}</p>
    </div>
    ${isCurrent ? html`<a class="button quiet small" href="/.sallyport/sign-out">Sign out</a>` : endOne(session, device)}
  </li>`;
}

function endOne({ id, place }: SessionView, device: string): Html {
  const which = place === "" ? device : `${device}, ${place}`;
  return html`<form method="post" action="${SESSIONS_PATH}">
    <button class="quiet small" name="${END_FIELD}" value="${id}" aria-label="End: ${which}">End</button>
  </form>`;
}

/** `23 Nov 2026, 09:24`, whatever the server's locale. */
function time(atMs: number): Html {
  const iso = new Date(atMs).toISOString();
  const [, day = "", month = "", year = ""] =
    /^\w+, (\d+) (\w+) (\d+)/.exec(new Date(atMs).toUTCString()) ?? [];
  return html`<time datetime="${iso}">${Number(day)} ${month} ${year}, ${iso.slice(11, 16)}</time>`;
}
