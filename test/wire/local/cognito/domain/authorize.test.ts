import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { answerOf, authorizeParams, Browser, CALLBACK, heldClock, pkce, startPool } from "../pool.ts";

describe("GET /oauth2/authorize", () => {
  const clock = heldClock();
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({ now: clock.now });
  });
  afterAll(() => pool.close());

  const signedIn = async (): Promise<Browser> => {
    const browser = new Browser();
    await browser.login(pool, authorizeParams());
    return browser;
  };

  it.each([
    ["client", { client_id: "someone-else" }],
    ["missing client", { client_id: undefined }],
    ["redirect", { redirect_uri: "https://evil.example/callback" }],
    ["trailing slash", { redirect_uri: `${CALLBACK}/` }],
    ["query added", { redirect_uri: `${CALLBACK}?x=1` }],
    ["other case", { redirect_uri: CALLBACK.toUpperCase() }],
    ["missing redirect", { redirect_uri: undefined }],
  ])("shows its own error page for an unregistered %s", async (_what, changes) => {
    const response = await new Browser().authorize(pool, authorizeParams(changes));
    expect(response.status).toBe(400);
    expect(response.headers.get("Location")).toBeNull();
    expect(response.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(await response.text()).not.toContain("evil.example");
  });

  const challenge = pkce().challenge;
  it.each([
    ["invalid_request", { response_type: undefined }],
    ["invalid_request", { response_type: "code token" }],
    ["unauthorized_client", { response_type: "token" }],
    ["invalid_scope", { scope: "openid admin" }],
    ["invalid_request", { code_challenge: challenge }],
    ["invalid_request", { code_challenge: challenge, code_challenge_method: "plain" }],
    ["invalid_request", { code_challenge: "short", code_challenge_method: "S256" }],
    ["invalid_request", { code_challenge_method: "S256" }],
    ["invalid_request", { prompt: "none login" }],
    ["invalid_request", { max_age: "soon" }],
    ["invalid_request", { resource: "not a url" }],
    ["invalid_request", { identity_provider: "Google" }],
    ["login_required", { prompt: "none" }],
  ])("sends %s back to the app for %j", async (error, changes) => {
    const answer = answerOf(await new Browser().authorize(pool, authorizeParams(changes)));
    expect(Object.fromEntries(answer)).toEqual({ error, state: "st" });
  });

  it("refuses a parameter given twice", async () => {
    const params = authorizeParams();
    params.append("state", "other");
    expect(answerOf(await new Browser().authorize(pool, params)).get("error")).toBe("invalid_request");
    const twoTargets = authorizeParams();
    twoTargets.append("redirect_uri", "https://evil.example/");
    expect((await new Browser().authorize(pool, twoTargets)).status).toBe(400);
  });

  it("returns a code at once to a browser with a session, and echoes the state byte for byte", async () => {
    const browser = await signedIn();
    const state = `%20+ "quotes" & ünïcode #/?=`;
    const answer = answerOf(await browser.authorize(pool, authorizeParams({ state })));
    expect(answer.get("state")).toBe(state);
    expect(answer.get("code")).toMatch(/^[0-9a-f-]{36}$/);
    const stateless = answerOf(
      await browser.authorize(pool, authorizeParams({ state: undefined, prompt: "none" })),
    );
    expect([...stateless.keys()]).toEqual(["code"]);
  });

  it("asks again for prompt=login, with a session or not", async () => {
    const browser = await signedIn();
    const params = authorizeParams({ prompt: "login" });
    const response = await browser.authorize(pool, params);
    expect(response.headers.get("Location")).toBe(`/login?${params.toString()}`);
    const page = await browser.request(`${pool.domain}/login?${params.toString()}`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('type="password"');
  });

  it("asks again once the session is older than max_age, and for prompt=none says login_required", async () => {
    const browser = await signedIn();
    clock.advanceSeconds(100);
    expect(answerOf(await browser.authorize(pool, authorizeParams({ max_age: "100" }))).has("code")).toBe(
      true,
    );
    const response = await browser.authorize(pool, authorizeParams({ max_age: "99" }));
    expect(response.headers.get("Location")).toMatch(/^\/login\?/);
    const silent = await browser.authorize(pool, authorizeParams({ max_age: "99", prompt: "none" }));
    expect(answerOf(silent).get("error")).toBe("login_required");
  });

  it("ends the browser's session an hour after password entry, however much it is used", async () => {
    const browser = await signedIn();
    clock.advanceSeconds(3599);
    expect(answerOf(await browser.authorize(pool, authorizeParams())).has("code")).toBe(true);
    clock.advanceSeconds(1);
    expect((await browser.authorize(pool, authorizeParams())).headers.get("Location")).toMatch(/^\/login\?/);
  });
});
