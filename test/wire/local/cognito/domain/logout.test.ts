import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { answerOf, authorizeParams, Browser, CLIENT_ID, SIGNED_OUT, startPool, tokensFor } from "../pool.ts";

describe("GET /logout", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool();
  });
  afterAll(() => pool.close());

  const signedIn = async (): Promise<Browser> => {
    const browser = new Browser();
    await browser.login(pool, authorizeParams());
    return browser;
  };
  const logout = (browser: Browser, params: URLSearchParams): Promise<Response> =>
    browser.request(`${pool.domain}/logout?${params.toString()}`);
  const isSignedIn = async (browser: Browser): Promise<boolean> =>
    answerOf(await browser.authorize(pool, authorizeParams({ prompt: "none" }))).has("code");

  it("ends the cookie, here and in the browser, and goes to the registered address", async () => {
    const browser = await signedIn();
    const stolen = browser.cookie("cognito") ?? "";
    const response = await logout(
      browser,
      new URLSearchParams({ client_id: CLIENT_ID, logout_uri: SIGNED_OUT }),
    );
    expect([response.status, response.headers.get("Location")]).toEqual([302, SIGNED_OUT]);
    expect(browser.cookie("cognito")).toBeUndefined();
    const replay = await fetch(
      `${pool.domain}/oauth2/authorize?${authorizeParams({ prompt: "none" }).toString()}`,
      {
        headers: { Cookie: `cognito=${stolen}` },
        redirect: "manual",
      },
    );
    expect(answerOf(replay).get("error")).toBe("login_required");
  });

  it("goes to the sign-in page when it is given an authorize request", async () => {
    const browser = await signedIn();
    const params = authorizeParams();
    expect((await logout(browser, params)).headers.get("Location")).toBe(`/login?${params.toString()}`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("prefers logout_uri when both are given", async () => {
    const params = authorizeParams({ logout_uri: SIGNED_OUT });
    expect((await logout(await signedIn(), params)).headers.get("Location")).toBe(SIGNED_OUT);
  });

  it.each([
    ["another client", { client_id: "someone-else", logout_uri: SIGNED_OUT }],
    ["an unregistered address", { client_id: CLIENT_ID, logout_uri: `${SIGNED_OUT}/` }],
    ["no address", { client_id: CLIENT_ID }],
    ["an OpenID Connect logout", { client_id: CLIENT_ID, post_logout_redirect_uri: SIGNED_OUT }],
  ])("shows its error page for %s and keeps the session", async (_what, params) => {
    const browser = await signedIn();
    const response = await logout(browser, new URLSearchParams(params));
    expect(response.status).toBe(400);
    expect(response.headers.get("Location")).toBeNull();
    expect(await isSignedIn(browser)).toBe(true);
  });

  it("leaves tokens alone", async () => {
    const browser = new Browser();
    const { access_token } = await tokensFor(pool, {}, browser);
    await logout(browser, new URLSearchParams({ client_id: CLIENT_ID, logout_uri: SIGNED_OUT }));
    const response = await fetch(`${pool.domain}/oauth2/userInfo`, {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    expect(response.status).toBe(200);
  });
});
