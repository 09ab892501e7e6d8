import { expect } from "vitest";
import type { SeedUser } from "../../workers/local/seed.ts";
import { Browser, type BrowserPage } from "./browser.ts";
import { GATEWAY_HOST, SESSION_COOKIE } from "./person.ts";
import type { WatchedWorld } from "./watched-world.ts";

export const SIGN_IN_PATH = "/.sallyport/sign-in";
export const CHECK_COOKIE = "__Host-sallyport-sign-in-check";

/** A browser that is at Authsignal, and where it is. */
export interface AtCheck {
  readonly browser: Browser;
  readonly page: BrowserPage;
  /** Authsignal's page of the challenge; empty when the browser was not sent there. */
  readonly url: string;
}

/** Opens a page of the app as somebody who is not signed in, and submits the form that comes. */
export async function submitName(
  world: WatchedWorld,
  typed: { readonly username: string; readonly password?: string },
  { path = "/", browser = new Browser() }: { readonly path?: string; readonly browser?: Browser } = {},
): Promise<AtCheck> {
  const form = await browser.open(world.gatewayUrl + path);
  expect(form.url.pathname).toBe(SIGN_IN_PATH);
  const page = await browser.submit(form, SIGN_IN_PATH, { ...typed });
  world.confide(typed.password, browser.cookie(GATEWAY_HOST, CHECK_COOKIE));
  return { browser, page, url: page.url.hostname === GATEWAY_HOST ? "" : page.url.href };
}

/** The way back from Authsignal, at the name by which these tests know the gateway. */
export function atGateway(world: WatchedWorld, back: URL): URL {
  const here = new URL(world.gatewayUrl);
  here.pathname = back.pathname;
  here.search = back.search;
  return here;
}

/** Who this browser is signed in as; `undefined` for nobody. */
export async function whoIs(world: WatchedWorld, browser: Browser): Promise<string | undefined> {
  world.confide(browser.cookie(GATEWAY_HOST, SESSION_COOKIE));
  const answer = await browser.request(`${world.gatewayUrl}/.sallyport/session`);
  // The endpoint's own answer, checked by its own tests.
  return answer.status === 200 ? (JSON.parse(answer.text) as { username: string }).username : undefined;
}

/** Puts the pool's stand-in in order, or out of it. */
export async function steerCognito(
  world: WatchedWorld,
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  const answer = await fetch(`${world.cognito.domain}/control/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
}

/** A demo user's name and password, as they are typed. */
export function typedBy({ username, password }: SeedUser) {
  return { username, password };
}
