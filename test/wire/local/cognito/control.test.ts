import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { authorizeParams, Browser, callApi, CLIENT_ID, startPool, tokensFor } from "./pool.ts";

describe("the controls", () => {
  let pool: CognitoStandIn;
  beforeEach(async () => {
    pool = await startPool();
  });
  afterEach(() => pool.close());

  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    fetch(`${pool.domain}/control${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const press = (fields: Record<string, string>) =>
    fetch(`${pool.domain}/control`, {
      method: "POST",
      body: new URLSearchParams(fields),
      redirect: "manual",
    });

  it("shift the clock of tokens, expiry and the Date header", async () => {
    const { access_token } = await tokensFor(pool);
    await send("PUT", "/clock", { shiftSeconds: 7200 });
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await fetch(`${pool.domain}/oauth2/userInfo`, { headers })).status).toBe(401);
    const response = await fetch(pool.jwks);
    const ahead = Date.parse(response.headers.get("Date") ?? "") - Date.now();
    expect(ahead).toBeGreaterThan(7_100_000);
    const { iat = 0 } = decodeJwt((await tokensFor(pool)).access_token);
    expect(iat * 1000 - Date.now()).toBeGreaterThan(7_100_000);
  });

  it("rotate the keys, with the old ones gone at once if asked", async () => {
    const { access_token } = await tokensFor(pool);
    const rotated: unknown = await (await send("POST", "/rotate-keys", { keepOld: false })).json();
    expect(Object(rotated).kids).toHaveLength(2);
    await expect(jwtVerify(access_token, createRemoteJWKSet(new URL(pool.jwks)))).rejects.toThrow();
  });

  it("change a client and leave what is not named", async () => {
    const path = `/clients/${CLIENT_ID}`;
    const changed = await send("PATCH", path, { accessTokenSeconds: 300 });
    expect(await changed.json()).toMatchObject({ accessTokenSeconds: 300, callbackUrls: expect.any(Array) });
    expect((await tokensFor(pool)).expires_in).toBe(300);
    expect((await send("PATCH", "/clients/nobody", {})).status).toBe(404);
  });

  it("reset everything to the seed, but the keys", async () => {
    const browser = new Browser();
    const { access_token } = await tokensFor(pool, {}, browser);
    const before: unknown = await (await fetch(pool.jwks)).json();
    await send("PATCH", "/settings", { issuerType: "UPDATED" });
    await send("POST", "/fault", { endpoint: "token", kind: "hang" });
    await callApi(pool, "SignUp", {
      ClientId: CLIENT_ID,
      Username: "guest",
      Password: "Fresh-Horse-9",
      UserAttributes: [{ Name: "email", Value: "g@example.com" }],
    });
    expect((await send("POST", "/reset")).status).toBe(204);
    const users: unknown = await (await send("GET", "/users")).json();
    expect(JSON.stringify(users)).not.toContain("guest");
    expect(await (await send("GET", "/inbox")).json()).toEqual([]);
    expect(await (await send("GET", "/fault")).json()).toEqual([]);
    expect(await (await send("GET", "/settings")).json()).toMatchObject({ issuerType: "ORIGINAL" });
    expect(await (await fetch(pool.jwks)).json()).toEqual(before);
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await fetch(`${pool.domain}/oauth2/userInfo`, { headers })).status).toBe(401);
    expect((await browser.authorize(pool, authorizeParams())).headers.get("Location")).toMatch(/^\/login/);
  });

  it.each([
    ["POST", "/rotate-keys", { keepOld: "no" }],
    ["PATCH", "/settings", { issuerType: "OTHER" }],
    ["PATCH", "/settings", { unknown: 1 }],
    ["PATCH", `/clients/${CLIENT_ID}`, { accessTokenSeconds: 0 }],
    ["PUT", "/triggers", { preSignUp: { url: "ftp://x", functionName: "f" } }],
    ["PUT", "/clock", { shiftSeconds: "1" }],
    ["POST", "/fault", { endpoint: "api:", kind: "hang" }],
  ])("refuse %s %s %j with what is wrong", async (method, path, body) => {
    const response = await send(method, path, body);
    expect(response.status).toBe(400);
    expect(Object(await response.json()).error.length).toBeGreaterThan(0);
  });

  it("have a page whose buttons do the same, for this site's own forms only", async () => {
    const page = await fetch(`${pool.domain}/control`);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain("JWKS outage");
    const done = await press({ do: "fault", endpoint: "jwks", kind: "status", status: "503" });
    expect(done.status).toBe(303);
    expect((await fetch(pool.jwks)).status).toBe(503);
    await press({ do: "behave" });
    expect((await fetch(pool.jwks)).status).toBe(200);
    await press({ do: "clock", seconds: "60" });
    expect(await (await send("GET", "/clock")).json()).toMatchObject({ shiftSeconds: 60 });
    await press({ do: "reset" });
    expect(await (await send("GET", "/clock")).json()).toMatchObject({ shiftSeconds: 0 });
    await press({ do: "rotate" });
    expect(Object(await (await fetch(pool.jwks)).json()).keys).toHaveLength(4);
    const foreign = [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }];
    for (const headers of foreign) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await send("POST", "/reset", undefined, headers)).status).toBe(403);
    }
  });

  it("switch a fault of one operation on from the page, with its details", async () => {
    const fields = {
      do: "fault",
      endpoint: "jwks",
      operation: "GetUser",
      kind: "status",
      status: "503",
      times: "1",
    };
    await press(fields);
    expect((await fetch(pool.jwks)).status).toBe(200);
    const ask = () => callApi(pool, "GetUser", { AccessToken: "none" });
    expect([(await ask()).status, (await ask()).status]).toEqual([503, 400]);
    const refused = await press({ ...fields, status: "9" });
    expect(decodeURIComponent(refused.headers.get("Location") ?? "")).toMatch(
      /There\+is\+no\+such\+fault\+\(status/,
    );
  });

  it("rotate the keys of a running pool for whoever holds it, the old ones still published", async () => {
    const { access_token } = await tokensFor(pool);
    await pool.rotateKeys();
    await jwtVerify(access_token, createRemoteJWKSet(new URL(pool.jwks)));
    const newer = await tokensFor(pool);
    expect(decodeProtectedHeader(newer.access_token).kid).not.toBe(decodeProtectedHeader(access_token).kid);
  });
});
