import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { ALICE, answerOf, authorizeParams, Browser, startPool } from "../pool.ts";

describe("/login", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool();
  });
  afterAll(() => pool.close());

  const address = (changes: Record<string, string> = {}): string =>
    `${pool.domain}/login?${authorizeParams(changes).toString()}`;

  it("sets an hour-long HttpOnly, Lax cookie called cognito", async () => {
    const browser = new Browser();
    const response = await browser.login(pool, authorizeParams());
    expect(response.status).toBe(302);
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith("cognito="));
    expect(cookie).toMatch(/; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("accepts the e-mail address, and the name in any case", async () => {
    for (const username of ["ALICE", " alice@Example.com "]) {
      const response = await new Browser().login(pool, authorizeParams(), { ...ALICE, username });
      expect(answerOf(response).has("code")).toBe(true);
    }
  });

  it.each([
    ["a wrong password", { username: "alice", password: "correct-horse-1" }],
    ["an unknown user", { username: "nobody", password: ALICE.password }],
    ["nothing typed", { username: "", password: "" }],
  ])("says the same for %s, keeps the name and starts no session", async (_what, typed) => {
    const browser = new Browser();
    const response = await browser.login(pool, authorizeParams(), typed);
    expect(response.status).toBe(400);
    const page = await response.text();
    expect(page).toContain("Incorrect username or password.");
    expect(page).toContain(`value="${typed.username}"`);
    expect(browser.cookie("cognito")).toBeUndefined();
  });

  it("refuses a submission whose CSRF token is not this browser's", async () => {
    const browser = new Browser();
    await browser.request(address());
    const body = new URLSearchParams({ ...ALICE, _csrf: "x".repeat(43) });
    expect((await browser.request(address(), { method: "POST", body })).status).toBe(403);
    const noCookie = await new Browser().request(address(), { method: "POST", body });
    expect(noCookie.status).toBe(403);
    expect(browser.cookie("cognito")).toBeUndefined();
  });

  it("works in two open tabs", async () => {
    const browser = new Browser();
    const first = await (await browser.request(address())).text();
    await browser.request(address({ state: "second tab" }));
    const csrf = /name="_csrf" value="([^"]+)"/.exec(first)?.[1] ?? "";
    const body = new URLSearchParams({ ...ALICE, _csrf: csrf });
    expect(answerOf(await browser.request(address(), { method: "POST", body })).get("state")).toBe("st");
  });

  it("fills in login_hint as text", async () => {
    const page = await (await fetch(address({ login_hint: '"><script>alert(1)</script>' }))).text();
    expect(page).toContain("&quot;&gt;&lt;script&gt;");
    expect(page).not.toContain("<script");
  });

  it("needs no script, cannot be framed and is not stored", async () => {
    const response = await fetch(address());
    expect(await response.text()).not.toMatch(/<script|javascript:/i);
    expect(response.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
  });
});
