import type { Page } from "playwright-core";
import { expect } from "vitest";
import { SEED_USERS, type SeedUser } from "../../workers/local/seed.ts";
import { scene } from "./stage.ts";

/** What a person types into the bank's form. */
export interface Order {
  readonly payee: string;
  readonly amount: string;
  readonly reference: string;
}

const MAX_LOGINS = 3;
const MS_PER_SECOND = 1000;
/** The way on goes by itself after a few seconds; a click that comes later finds nothing to click. */
const CLICK_PATIENCE_MS = 2_000;

/** A demo user by name. */
export function person(username: string): SeedUser {
  const user = SEED_USERS.find((one) => one.username === username);
  if (user === undefined) {
    throw new Error(`there is no demo user ${username}`);
  }
  return user;
}

/** Opens a page of the app as somebody who is not signed in yet, and signs in. */
export async function signIn(page: Page, user: SeedUser, path = "/"): Promise<void> {
  await page.goto(scene.appUrl + path);
  await answerLogin(page, user);
}

/**
 * Fills in the login form, which the page shows. A sign-in in the very second of a revocation does not count and is
 * asked again (design decision 13): a person types for longer than that, this helper waits for the next second.
 */
export async function answerLogin(page: Page, user: SeedUser): Promise<void> {
  for (let attempt = 1; attempt <= MAX_LOGINS; attempt += 1) {
    await page.getByLabel("Username").fill(user.username);
    await page.getByLabel("Password").fill(user.password);
    const second = Math.floor(Date.now() / MS_PER_SECOND);
    const shown = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
    await page.getByRole("button", { name: "Sign in" }).click();
    await shown;
    if (new URL(page.url()).origin === scene.appUrl) {
      return;
    }
    await expect.poll(() => Math.floor(Date.now() / MS_PER_SECOND)).toBeGreaterThan(second);
  }
  throw new Error(`the login form is still there: ${page.url()}`);
}

/** Fills in and sends the bank's transfer form. */
export async function transfer(page: Page, order: Order): Promise<void> {
  await page.goto(`${scene.appUrl}/transfer`);
  await page.getByLabel("To", { exact: true }).fill(order.payee);
  await page.getByLabel("Amount").fill(order.amount);
  await page.getByLabel("Reference").fill(order.reference);
  await page.getByRole("button", { name: "Send money" }).click();
}

/** Follows the way on of a page of Sallyport's to Authsignal: by the link, or with the page when it goes by itself. */
export async function goToCheck(page: Page, link = "Continue to the check"): Promise<void> {
  await page
    .getByRole("link", { name: link })
    .click({ timeout: CLICK_PATIENCE_MS })
    .catch(() => undefined);
  await page.waitForURL(`${scene.authsignalPages}/**`);
}

/** Passes Authsignal's challenge with the code that was sent; ends where Authsignal sends the browser. */
export async function passCheck(page: Page, user: SeedUser): Promise<void> {
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").waitFor();
  await page.getByLabel("Code").fill(await readCode(user.email));
  await page.getByRole("button", { name: "Verify" }).click();
}

/** The newest code that was sent to an address. */
export async function readCode(address: string): Promise<string> {
  const answer = await fetch(`${scene.authsignalApi}/control/inbox?to=${encodeURIComponent(address)}`);
  const [newest] = (await answer.json()) as { code: string }[]; // the stand-in's documented shape
  if (newest === undefined) {
    throw new Error(`nothing was sent to ${address}`);
  }
  return newest.code;
}

/** The heading of the page, once there is one with this text. */
export async function seeHeading(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name }).waitFor();
}
