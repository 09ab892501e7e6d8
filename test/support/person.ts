import { expect } from "vitest";
import type { SeedUser } from "../../workers/local/seed.ts";
import { completeInUi } from "./authsignal-ui.ts";
import { Browser, type BrowserPage } from "./browser.ts";
import type { WatchedWorld } from "./watched-world.ts";

export const SESSION_COOKIE = "__Host-sallyport-session";
export const RESUME_COOKIE = "__Host-sallyport-resume";
export const GATEWAY_HOST = "127.0.0.1";

/** A person with a browser in front of the app. */
export interface Person {
  readonly browser: Browser;
  readonly user: SeedUser;
  readonly world: WatchedWorld;
}

/** Opens a page of the app, signs in at managed login, and is back at that page. */
export async function signInPerson(
  world: WatchedWorld,
  user: SeedUser,
  path = "/",
): Promise<Person & { readonly page: BrowserPage }> {
  const browser = new Browser();
  const page = await signIn(world, browser, user, await browser.open(world.gatewayUrl + path));
  return { browser, user, world, page };
}

/** Fills in managed login's form. */
export async function signIn(
  world: WatchedWorld,
  browser: Browser,
  user: SeedUser,
  login: BrowserPage,
): Promise<BrowserPage> {
  expect(login.url.pathname).toBe("/login");
  const page = await browser.submit(login, "/login", { username: user.username, password: user.password });
  world.confide(browser.cookie(GATEWAY_HOST, SESSION_COOKIE), user.password);
  return page;
}

/** Posts the bank's transfer form, as its own page does. */
export function postTransfer(
  { browser, world }: Person,
  fields: Readonly<Record<string, string>>,
): Promise<BrowserPage> {
  return browser.post(`${world.gatewayUrl}/transfer`, fields, `${world.gatewayUrl}/transfer`);
}

/** Passes the challenge of an approval page and is back at the gateway: the page that goes on by itself. */
export async function passChallenge(person: Person, approval: BrowserPage): Promise<BrowserPage> {
  const { back } = await completeInUi(person.world, approval.refresh ?? "", person.user);
  return person.browser.open(back, person.world.authsignal.publicUrl);
}

/** What reached the bank for a path. */
export function arrivals(world: WatchedWorld, method: string, path: string) {
  return (world.bank?.requests() ?? []).filter(
    (request) => request.method === method && request.url.split("?")[0] === path,
  );
}
