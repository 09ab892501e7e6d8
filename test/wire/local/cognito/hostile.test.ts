import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { authorizeParams, callApi, CALLBACK, CLIENT_ID, startPool } from "./pool.ts";

const AUTHORIZE_PARAMETERS = [
  "response_type",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "prompt",
  "max_age",
  "code_challenge",
  "code_challenge_method",
  "login_hint",
  "resource",
  "logout_uri",
  "identity_provider",
];
const RUNS = { numRuns: 150 };
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom("", "a.b.c", "%", "%zz", "\r\nSet-Cookie: x=y", "../", "__proto__", "constructor", "null"),
);

describe("hostile input", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool();
  });
  afterAll(() => pool.close());

  it("never makes an endpoint fail, and never redirects anywhere unregistered", async () => {
    const names = fc.constantFrom(...AUTHORIZE_PARAMETERS);
    const paths = fc.constantFrom("/oauth2/authorize", "/login", "/logout");
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.array(fc.tuple(names, anyText), { maxLength: 4 }),
        fc.boolean(),
        async (path, changes, valid) => {
          const params = valid ? authorizeParams() : new URLSearchParams();
          for (const [name, value] of changes) {
            params.set(name, value);
          }
          const response = await fetch(`${pool.domain}${path}?${params.toString()}`, { redirect: "manual" });
          await response.arrayBuffer();
          expect(response.status).toBeLessThan(500);
          expect(response.headers.get("Location") ?? CALLBACK).toSatisfy(
            (location: string) => location.startsWith("/login?") || location.startsWith(CALLBACK),
          );
        },
      ),
      RUNS,
    );
  });

  it("gets a documented error from the token, revocation and userInfo endpoints", async () => {
    const names = fc.constantFrom(
      "grant_type",
      "code",
      "redirect_uri",
      "code_verifier",
      "refresh_token",
      "token",
    );
    const grants = fc.constantFrom("authorization_code", "refresh_token");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("/oauth2/token", "/oauth2/revoke"),
        grants,
        fc.array(fc.tuple(names, anyText), { maxLength: 4 }),
        async (path, grant_type, changes) => {
          const body = new URLSearchParams({
            client_id: CLIENT_ID,
            grant_type,
            code: "c",
            redirect_uri: CALLBACK,
          });
          for (const [name, value] of changes) {
            body.set(name, value);
          }
          const response = await fetch(`${pool.domain}${path}`, { method: "POST", body });
          const text = await response.text();
          expect([200, 400]).toContain(response.status);
          if (response.status === 400) {
            expect(text).toMatch(/^\{"error":"[a-z_]+"\}$/);
          }
        },
      ),
      RUNS,
    );
    await fc.assert(
      fc.asyncProperty(fc.base64String({ maxLength: 80 }), async (token) => {
        const headers = { Authorization: `Bearer ${token}` };
        const response = await fetch(`${pool.domain}/oauth2/userInfo`, { headers });
        expect([400, 401]).toContain(response.status);
        expect(response.headers.get("WWW-Authenticate")).toMatch(/^error="[a-z_]+"/);
      }),
      { numRuns: 50 },
    );
  });

  it("gets a documented exception from the user pool API", async () => {
    const operations = fc.constantFrom("InitiateAuth", "GetUser", "GlobalSignOut", "RevokeToken", "Nothing");
    const member = fc.oneof(
      anyText,
      fc.constant(CLIENT_ID),
      fc.constant("USER_PASSWORD_AUTH"),
      fc.jsonValue(),
    );
    const input = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { AuthFlow: member, ClientId: member, AuthParameters: member, AccessToken: member, Token: member },
        { requiredKeys: [] },
      ),
      anyText,
    );
    await fc.assert(
      fc.asyncProperty(operations, input, async (operation, value) => {
        const { status, body } = await callApi(pool, operation, value);
        expect(status === 200 || /^[A-Za-z]+Exception$/.test(String(body["__type"]))).toBe(true);
        expect([200, 400]).toContain(status);
      }),
      RUNS,
    );
  });

  it("refuses a body that is too large", async () => {
    const response = await fetch(`${pool.domain}/oauth2/token`, {
      method: "POST",
      body: "a".repeat(200_000),
    });
    expect(response.status).toBe(413);
  });
});
