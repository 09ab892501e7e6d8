import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import {
  finishSignIn,
  openTransaction,
  SIGN_IN_SECONDS,
  startSignIn,
  type ManagedLogin,
} from "../../../src/identity/managed-sign-in.ts";
import { signInCookieName } from "../../../src/identity/sign-in-cookie.ts";
import { ISSUER } from "./fixtures.ts";

const keyring = await makeKeyring(["s".repeat(32)]);
const LOGIN: ManagedLogin = {
  issuer: ISSUER,
  clientId: "client0id",
  clientSecret: undefined,
  domain: "https://login.example.com",
  tokenUrl: "https://login.example.com/oauth2/token",
};
const REDIRECT = "https://app.example.com/.sallyport/callback";
const now = () => Math.floor(Date.now() / 1000);

async function begun(options: { freshly?: boolean; nowSeconds?: number } = {}) {
  const { location, cookie } = await startSignIn(LOGIN, keyring, {
    returnTo: "/a?b=c",
    redirectUri: REDIRECT,
    freshly: options.freshly ?? false,
    attempt: 0,
    nowSeconds: options.nowSeconds ?? now(),
  });
  const query = new URL(location).searchParams;
  return { location, cookie, query, state: query.get("state") ?? "" };
}

/** A token endpoint that answers with an ID token of these claims; what it was asked is kept. */
function tokenEndpoint(claims: (nonce: string) => Record<string, unknown>, nonce: string) {
  const asked: URLSearchParams[] = [];
  const fetchFunction: typeof fetch = async (_input, init) => {
    asked.push(new URLSearchParams(await new Response(init?.body ?? null).text()));
    const idToken = await new SignJWT({ nonce, sub: "a11ce000", ...claims(nonce) })
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(ISSUER)
      .setAudience(LOGIN.clientId)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(
        (
          await crypto.subtle.generateKey(
            {
              name: "RSASSA-PKCS1-v1_5",
              modulusLength: 2048,
              publicExponent: new Uint8Array([1, 0, 1]),
              hash: "SHA-256",
            },
            false,
            ["sign", "verify"],
          )
        ).privateKey,
      );
    return Response.json({ access_token: "a", token_type: "Bearer", expires_in: 3600, id_token: idToken });
  };
  return { fetchFunction, asked };
}

describe("starting", () => {
  it("sends the browser to managed login, with what only this browser can finish", async () => {
    const { location, cookie, query, state } = await begun();
    expect(location).toMatch(/^https:\/\/login\.example\.com\/oauth2\/authorize\?/);
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: "code",
      client_id: LOGIN.clientId,
      redirect_uri: REDIRECT,
      scope: "openid email profile",
      code_challenge_method: "S256",
    });
    expect(query.has("prompt")).toBe(false);
    expect(cookie).toMatchObject({ name: signInCookieName(state), maxAgeSeconds: SIGN_IN_SECONDS });
    expect(cookie.value).not.toContain(state);
    expect((await begun({ freshly: true })).query.get("prompt")).toBe("login");
  });
});

describe("coming back", () => {
  it("opens what was started, for its own state and in time", async () => {
    const { cookie, state } = await begun({ nowSeconds: 1000 });
    expect(await openTransaction(keyring, state, cookie.value, 1000 + SIGN_IN_SECONDS)).toMatchObject({
      state,
      returnTo: "/a?b=c",
      redirectUri: REDIRECT,
    });
    expect(await openTransaction(keyring, state, cookie.value, 1001 + SIGN_IN_SECONDS)).toBeUndefined();
  });

  it("is nothing with a foreign state, another's cookie or none", async () => {
    const [mine, other] = [await begun(), await begun()];
    const alike = mine.state.slice(0, 16) + other.state.slice(16);
    for (const [state, cookie] of [
      [mine.state, other.cookie.value],
      [other.state, mine.cookie.value],
      [alike, mine.cookie.value],
      [mine.state, undefined],
      [mine.state, "x"],
      ["", mine.cookie.value],
    ] as const) {
      expect(await openTransaction(keyring, state, cookie, now())).toBeUndefined();
    }
  });

  it("names the cookie by the state without anything that a name cannot hold", () => {
    expect(signInCookieName("a;b=c\r\n d")).toBe("__Host-sallyport-sign-in-abcd");
  });

  it("redeems the code with the verifier, and gives the ID token", async () => {
    const { cookie, state, query } = await begun();
    const transaction = await openTransaction(keyring, state, cookie.value, now());
    if (transaction === undefined) {
      throw new Error("it was just started");
    }
    const { fetchFunction, asked } = tokenEndpoint(() => ({}), query.get("nonce") ?? "");
    const callback = new URL(`${REDIRECT}?code=the-code&state=${state}`);
    expect(await finishSignIn(LOGIN, callback, transaction, fetchFunction)).toMatchObject({ ok: true });
    expect(Object.fromEntries(asked[0] ?? [])).toEqual({
      grant_type: "authorization_code",
      code: "the-code",
      redirect_uri: REDIRECT,
      client_id: LOGIN.clientId,
      code_verifier: transaction.verifier,
    });
  });

  it.each<[string, (nonce: string) => Record<string, unknown>]>([
    ["another nonce", () => ({ nonce: "other" })],
    ["no nonce", () => ({ nonce: undefined })],
  ])("refuses an ID token with %s", async (_, claims) => {
    const { cookie, state, query } = await begun();
    const transaction = await openTransaction(keyring, state, cookie.value, now());
    if (transaction === undefined) {
      throw new Error("it was just started");
    }
    const { fetchFunction } = tokenEndpoint(claims, query.get("nonce") ?? "");
    const callback = new URL(`${REDIRECT}?code=c&state=${state}`);
    expect(await finishSignIn(LOGIN, callback, transaction, fetchFunction)).toEqual({
      ok: false,
      error: { reason: "bad_answer" },
    });
  });

  const NEVER: typeof fetch = () => Promise.reject(new Error("must not be asked"));
  it.each<[string, string, typeof fetch, object]>([
    ["an error", "error=access_denied", NEVER, { reason: "refused_by_cognito", error: "access_denied" }],
    [
      "an error of many words",
      "error=<script>",
      NEVER,
      { reason: "refused_by_cognito", error: "server_error" },
    ],
    [
      "a refusal",
      "code=c",
      async () => Response.json({ error: "invalid_grant" }, { status: 400 }),
      { reason: "refused_by_cognito", error: "invalid_grant" },
    ],
    ["500", "code=c", async () => new Response("", { status: 500 }), { reason: "cognito_unavailable" }],
    ["a page", "code=c", async () => new Response("<p>"), { reason: "bad_answer" }],
    ["a redirect", "code=c", async () => new Response(null, { status: 302 }), { reason: "bad_answer" }],
    [
      "a broken connection",
      "code=c",
      () => Promise.reject(new TypeError("network")),
      { reason: "cognito_unavailable" },
    ],
    [
      "no ID token",
      "code=c",
      async () => Response.json({ access_token: "a", token_type: "Bearer" }),
      { reason: "bad_answer" },
    ],
  ])("that ends with %s is told without Cognito's words", async (_, answer, fetchFunction, error) => {
    const { cookie, state } = await begun();
    const transaction = await openTransaction(keyring, state, cookie.value, now());
    if (transaction === undefined) {
      throw new Error("it was just started");
    }
    const callback = new URL(`${REDIRECT}?${answer}&state=${state}`);
    expect(await finishSignIn(LOGIN, callback, transaction, fetchFunction)).toEqual({ ok: false, error });
  });
});
