import type { BrowserContext } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { renderPage, type Page as OwnPage } from "../../src/http/page.ts";
import { parseChallengeId, type ChallengeState, type ChallengeView } from "../../src/ledger/port.ts";
import * as pages from "../../src/stepup/pages.ts";
import { inspect } from "./inspection.ts";
import { goToCheck, passCheck, person, seeHeading, signIn, transfer } from "./people.ts";
import { challengeAbove, newVisitor, scene, useStage } from "./stage.ts";

const LONG = {
  payee: "Wolfeschlegelsteinhausenbergerdorff&Söhne-Ω".repeat(3),
  amount: "11.50",
  reference: "R".repeat(120),
};
const ORDER = { payee: "Marina Holt", amount: "1500.00", reference: "Rent and deposit" };

useStage();

describe("pages on the way of a challenge", () => {
  beforeEach(() => challengeAbove(10));

  test("what is to be approved", async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, person("alice"));
    await stayHere(context);
    await transfer(page, { ...ORDER, amount: "11" });
    await seeHeading(page, "Confirm that it is you");
    await inspect(page, "approve");
    await transfer(page, LONG);
    await seeHeading(page, "Confirm that it is you");
    await inspect(page, "approve-long");
  });

  test("confirmed, done, and cancelled", async () => {
    const page = await (await newVisitor({ javaScriptEnabled: false })).newPage();
    await signIn(page, person("alice"));
    await transfer(page, { ...ORDER, amount: "12" });
    await goToCheck(page);
    await passCheck(page, person("alice"));
    await seeHeading(page, "Confirmed");
    await inspect(page, "confirmed");
    const address = page.url();
    await page.getByRole("button", { name: "Continue" }).click();
    await seeHeading(page, "Transfer sent");
    await page.goto(address);
    await seeHeading(page, "This is done");
    await inspect(page, "done");
    await transfer(page, { ...ORDER, amount: "13" });
    await goToCheck(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await seeHeading(page, "Cancelled: nothing was done");
    await inspect(page, "cancelled");
  });

  test("setting up a second check", async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, person("newt"));
    await stayHere(context);
    await transfer(page, ORDER);
    await seeHeading(page, "Set up a second check");
    await inspect(page, "enrol");
  });
});

describe("refusals", () => {
  test("blocked, unavailable, not found, a session that has ended, a sign-in from elsewhere", async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await page.goto(`${scene.appUrl}/.sallyport/callback?code=x&state=y`);
    await seeHeading(page, "The sign-in could not be completed");
    await inspect(page, "sign-in-failed");
    await signIn(page, person("mallory"));
    await transfer(page, ORDER);
    await seeHeading(page, "This was blocked");
    await inspect(page, "blocked");
    await page.goto(`${scene.appUrl}/.sallyport/nowhere`);
    await seeHeading(page, "There is nothing here");
    await inspect(page, "not-found");
    await page.goto(`${scene.appUrl}/transfer`);
    await context.clearCookies({ name: /session/ });
    await page.getByLabel("To", { exact: true }).fill(ORDER.payee);
    await page.getByLabel("Amount").fill(ORDER.amount);
    await page.getByRole("button", { name: "Send money" }).click();
    await seeHeading(page, "Sign in to continue");
    await inspect(page, "session-ended");
    await page.getByRole("link", { name: "Back to the app" }).click();
    await seeHeading(page, "Hello, mallory");
    await setFault({ endpoint: "track", kind: "status", status: 500 });
    await transfer(page, ORDER);
    await seeHeading(page, "The check cannot be made at the moment");
    await inspect(page, "unavailable");
  });
});

test("signing out", async () => {
  const page = await (await newVisitor()).newPage();
  await signIn(page, person("alice"));
  await page.goto(`${scene.appUrl}/.sallyport/sign-out`);
  await inspect(page, "sign-out");
  await page.getByRole("button", { name: "Sign out" }).click();
  await seeHeading(page, "You are signed out");
  await inspect(page, "signed-out");
});

/** Longer than anybody looks. */
const WATCHED_SECONDS = 600;

/** Pages that only time or an accident brings up, shown as the gateway would send them. */
const RARE: readonly (readonly [name: string, page: OwnPage])[] = [
  ["sign-in-first", pages.signInFirstPage(challengeIn("pending"), "/.sallyport/sign-in")],
  ["enrolled", pages.enrolledPage(challengeIn("succeeded"))],
  ["not-confirmed", pages.notDonePage(challengeIn("failed"))],
  [
    "wrong-method",
    pages.notDonePage(challengeIn("failed"), "This needs a passkey, an authenticator app or a security key."),
  ],
  ["review", pages.reviewPage(challengeIn("pending"), WATCHED_SECONDS)],
  [
    "review-passed",
    pages.resumePage({ ...challengeIn("succeeded"), kind: "review" }, scene.appUrl, "ticket"),
  ],
  [
    "arrival",
    pages.arrivalPage(
      scene.appUrl,
      { pathname: "/records/7", search: "?a=1" },
      challengeIn("pending").summary,
    ),
  ],
  ["expired", pages.expiredPage(challengeIn("expired"))],
  ["uncertain", pages.uncertainPage(challengeIn("uncertain"))],
  ["return-to-app", pages.returnToAppPage()],
];

test.each(RARE)("the rare page %s", async (name, shown) => {
  const context = await newVisitor();
  const answer = renderPage(shown);
  await context.route(`${scene.appUrl}/.sallyport/shown`, async (route) =>
    route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    }),
  );
  const page = await context.newPage();
  await page.goto(`${scene.appUrl}/.sallyport/shown`);
  expect(await page.title()).toBe(shown.title);
  await inspect(page, name);
});

function challengeIn(state: ChallengeState): ChallengeView {
  const id = parseChallengeId("00000000-0000-4000-8000-000000000001");
  if (id === undefined) {
    throw new Error("not a challenge id");
  }
  const summary = [
    { label: "Amount", value: "£1,500.00" },
    { label: "To", value: ORDER.payee },
  ];
  return {
    id,
    state,
    summary,
    route: "transfer",
    action: "transfer",
    kind: "step-up",
    method: "POST",
    target: "/transfer",
    binding: "",
    createdAtMs: 0,
    expiresAtMs: 0,
    way: undefined,
    hasKept: true,
    verificationMethod: undefined,
    completedAtMs: undefined,
    factorSinceMs: undefined,
    failure: undefined,
    successor: undefined,
  };
}

/** Keeps pages that go on by themselves where they are, for as long as they are looked at. */
async function stayHere(context: BrowserContext): Promise<void> {
  await context.route(`${scene.authsignalPages}/**`, (route) => route.abort("aborted"));
}

async function setFault(fault: object): Promise<void> {
  const answer = await fetch(`${scene.authsignalApi}/control/fault`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fault),
  });
  expect(answer.status).toBe(204);
}
