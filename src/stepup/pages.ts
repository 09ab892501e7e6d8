import { html, type Html } from "../http/html.ts";
import type { Page } from "../http/page.ts";
import type { ChallengeView } from "../ledger/port.ts";
import type { Target } from "../policy/target.ts";
import { TICKET_FIELD } from "./ticket.ts";

/** Long enough to read two lines, short enough not to wait for; the button goes on at once. */
const READING_SECONDS = 4;

type Summary = ChallengeView["summary"];

/** What is about to be approved, and the way to Authsignal. */
export function approvePage(challenge: ChallengeView, wayOut: string): Page {
  return {
    title: "Confirm that it is you",
    refresh: { seconds: READING_SECONDS, url: wayOut },
    body: html`<p>This needs one more check before it goes on. Nothing has been done yet.</p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        <a class="button" href="${wayOut}" rel="noreferrer">Continue to the check</a>
      </div>
      <p class="soft">
        You will be taken there in a few seconds. What you entered is kept, and is sent once when you come
        back.
      </p>`,
  };
}

/** A sensitive page was opened from another site, or from the sign-in: one click shows that the person means it. */
export function arrivalPage(
  publicOrigin: string,
  target: Pick<Target, "pathname" | "search">,
  summary: Summary,
): Page {
  return {
    title: "Do you want to open this page?",
    body: html`<p>
        You were led here from outside of the app. The page needs one more check before it opens: go on only
        if you meant to come here.
      </p>
      ${summaryList(summary)}
      <div class="actions">
        <a class="button" href="${publicOrigin}${target.pathname}${target.search}">Go on</a>
        <a class="button quiet" href="/">Back to the app</a>
      </div>`,
  };
}

/** Somebody looks at the request before it goes on. */
export function reviewPage(challenge: ChallengeView, refreshSeconds: number): Page {
  const page = `/.sallyport/challenges/${challenge.id}`;
  return {
    title: "This is being looked at",
    tone: "still",
    refresh: { seconds: refreshSeconds, url: page },
    body: html`<p role="status">Somebody looks at this before it goes on. Nothing has been done yet.</p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        <a class="button" href="${page}">Look again</a>
        <a class="button quiet" href="/">Back to the app</a>
      </div>
      <p class="soft">
        ${challenge.hasKept ? "What you entered is kept, and is sent only when you say so. " : undefined}This
        page looks again by itself; you can also come back to it later, as long as you stay signed in.
      </p>`,
  };
}

/** The user has no authenticator yet. */
export function enrolPage(challenge: ChallengeView, wayOut: string): Page {
  return {
    title: "Set up a second check",
    refresh: { seconds: READING_SECONDS, url: wayOut },
    body: html`<p>
        This needs a second check, and none is set up for you yet. Set one up now; you are asked for it right
        after.
      </p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        <a class="button" href="${wayOut}" rel="noreferrer">Set it up</a>
      </div>
      <p class="soft">What you entered is kept, and nothing has been done yet.</p>`,
  };
}

/** The sign-in is too old for an enrolment. */
export function signInFirstPage(challenge: ChallengeView, signInUrl: string): Page {
  return {
    title: "Sign in again first",
    body: html`<p>
        This needs a second check, and none is set up for you yet. To set one up, sign in once more, so that
        we know it is you.
      </p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        <a class="button" href="${signInUrl}">Sign in again</a>
      </div>
      <p class="soft">What you entered is kept, and nothing has been done yet.</p>`,
  };
}

/**
 * The check was passed: the kept request goes on by a form that posts itself, to an absolute URL (`//x` is a host).
 * After a review, which the person may not have waited for, it goes on by a click alone.
 */
export function resumePage(challenge: ChallengeView, publicOrigin: string, ticket: string): Page {
  const isReview = challenge.kind === "review";
  return {
    title: isReview ? "The review has let this through" : "Confirmed",
    submits: !isReview,
    tone: "good",
    body: html`<p role="status">
        ${isReview ? "It has not been sent yet. Send it now if you still want it." : "Thank you. Your request is being sent."}
      </p>
      ${summaryList(challenge.summary)}
      <form id="continue" method="post" action="${publicOrigin}${challenge.target}">
        <input type="hidden" name="${TICKET_FIELD}" value="${ticket}" />
        <div class="actions">
          <button>${isReview ? "Send it now" : "Continue"}</button>
          ${isReview ? html`<a class="button quiet" href="/">Back to the app</a>` : undefined}
        </div>
      </form>`,
  };
}

/** The check was passed for a request that a program repeats by itself. */
export function returnToAppPage(): Page {
  return {
    title: "Confirmed",
    tone: "good",
    body: html`<p>You can close this page and go back to the app.</p>`,
  };
}

/** It was cancelled or not passed; `advice` says what would do. */
export function notDonePage(challenge: ChallengeView, advice?: string): Page {
  const cancelled = challenge.state === "cancelled";
  const canRetry = challenge.hasKept && challenge.failure !== "review_refused";
  const why = cancelled
    ? "You left the check before it was complete."
    : (advice ?? "The check was not passed in a way that counts here.");
  return {
    title: cancelled ? "Cancelled: nothing was done" : "Not confirmed: nothing was done",
    tone: "still",
    body: html`<p>${why} Your request has not been sent.</p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        ${canRetry ? actionForm(`/.sallyport/challenges/${challenge.id}/retry`, "Try again") : undefined}
        <a class="button quiet" href="/">Back to the app</a>
      </div>`,
  };
}

/** An enrolment that succeeded while the second question to Authsignal did not. */
export function enrolledPage(challenge: ChallengeView): Page {
  return {
    title: "Your second check is set up",
    tone: "good",
    body: html`<p>Your request has not been sent yet.</p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        ${actionForm(`/.sallyport/challenges/${challenge.id}/retry`, "Go on")}
        <a class="button quiet" href="/">Back to the app</a>
      </div>`,
  };
}

/** Time ran out. */
export function expiredPage(challenge: ChallengeView): Page {
  return {
    title: "Too late: nothing was done",
    tone: "still",
    status: 410,
    body: html`<p>The check was not completed in time, so your request has not been sent.</p>
      ${summaryList(challenge.summary)}
      <div class="actions"><a class="button" href="/">Back to the app</a></div>`,
  };
}

/** The request has been sent. */
export function donePage(challenge: ChallengeView): Page {
  return {
    title: "This is done",
    tone: "good",
    body: html`<p>Your request was confirmed and sent, once. There is nothing more to do here.</p>
      ${summaryList(challenge.summary)}
      <div class="actions"><a class="button" href="/">Back to the app</a></div>`,
  };
}

/** The connection broke on the way: nobody knows whether it was done. */
export function uncertainPage(challenge: ChallengeView): Page {
  return {
    title: "We cannot tell whether this was done",
    tone: "care",
    status: 502,
    body: html`<p class="warn">The connection to the app broke after your request was sent.</p>
      <p>Please check in the app first. If it was not done, send it again.</p>
      ${summaryList(challenge.summary)}
      <div class="actions">
        <a class="button" href="/">Check in the app</a>
        ${challenge.hasKept ? actionForm(`/.sallyport/challenges/${challenge.id}/again`, "It was not done: send again", "quiet") : undefined}
      </div>
      <p class="soft">
        Sent again, it carries the same idempotency key, so that an app that knows such keys does it only
        once.
      </p>`,
  };
}

function summaryList(summary: Summary): Html | undefined {
  if (summary.length === 0) {
    return undefined;
  }
  const lines = summary.map(
    (line) =>
      html`<div>
        <dt>${line.label}</dt>
        <dd>${line.value}</dd>
      </div>`,
  );
  return html`<dl>${lines}</dl>`;
}

function actionForm(action: string, label: string, look?: "quiet"): Html {
  return html`<form method="post" action="${action}"><button class="${look ?? ""}">${label}</button></form>`;
}
