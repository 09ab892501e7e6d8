import { fc } from "../../../support/properties.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { OPERATION_NAMES } from "../../../../workers/local/cognito/user-pool-api/dispatch.ts";
import { authorizeParams, CALLBACK, CLIENT_ID, startPool } from "./pool.ts";
import { callSigned } from "./signed.ts";

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
const FORM_PATHS = [
  "/signup",
  "/confirmUser",
  "/forgotPassword",
  "/confirmForgotPassword",
  "/changePassword",
  "/federate",
];
const RUNS = { numRuns: 150 };
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom("", "a.b.c", "%", "%zz", "\r\nSet-Cookie: x=y", "../", "__proto__", "constructor", "null"),
);

const CSRF = "c".repeat(43);
const USER_POOL_ID = "us-east-1_Sallyport1";

/** Members of the API's inputs. */
const MEMBERS = [
  "UserPoolId",
  "ClientId",
  "ClientSecret",
  "Username",
  "Password",
  "AuthFlow",
  "AuthParameters",
  "ChallengeName",
  "ChallengeResponses",
  "Session",
  "AccessToken",
  "Token",
  "RefreshToken",
  "ConfirmationCode",
  "UserAttributes",
  "ClientMetadata",
  "ValidationData",
  "GroupName",
  "Precedence",
  "Filter",
  "Limit",
  "NextToken",
];
/** Values that get past the first check. */
const TELLING: readonly unknown[] = [
  CLIENT_ID,
  USER_POOL_ID,
  "USER_PASSWORD_AUTH",
  "USER_SRP_AUTH",
  "CUSTOM_AUTH",
  "REFRESH_TOKEN_AUTH",
  "PASSWORD_VERIFIER",
  "alice",
  "nobody",
  "staff",
  "a".repeat(40),
  1,
  { USERNAME: "alice", PASSWORD: "x" },
  { USERNAME: "alice", SRP_A: "abc" },
  { USERNAME: "alice", SRP_A: "0" },
  { USERNAME: "alice", SRP_A: "-1" },
  { USERNAME: "alice", CHALLENGE_NAME: "SRP_A", SRP_A: "zz" },
  { REFRESH_TOKEN: "x" },
  [{ Name: "email", Value: "x@example.com" }],
  [{ Name: "__proto__", Value: "x" }],
];

describe("hostile input", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({ identityProviders: [{ name: "Google", type: "Google" }] });
  });
  afterAll(() => pool.close());

  it("never makes an endpoint fail, and never redirects anywhere unregistered", async () => {
    const names = fc.constantFrom(...AUTHORIZE_PARAMETERS);
    const paths = fc.constantFrom(
      "/oauth2/authorize",
      "/login",
      "/logout",
      ...FORM_PATHS,
      "/error",
      "/inbox",
    );
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

  it("makes no form fail, whatever is typed into it", async () => {
    const names = fc.constantFrom("username", "email", "name", "password", "new_password", "code");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("/login", ...FORM_PATHS),
        fc.array(fc.tuple(names, anyText), { maxLength: 6 }),
        async (path, typed) => {
          const params = authorizeParams(path === "/federate" ? { identity_provider: "Google" } : {});
          const body = new URLSearchParams({ _csrf: CSRF });
          for (const [name, value] of typed) {
            body.set(name, value);
          }
          const response = await fetch(`${pool.domain}${path}?${params.toString()}`, {
            method: "POST",
            body,
            headers: { Cookie: `XSRF-TOKEN=${CSRF}` },
            redirect: "manual",
          });
          const text = await response.text();
          expect([302, 400]).toContain(response.status);
          expect(text).not.toContain("<script");
        },
      ),
      RUNS,
    );
  });

  it("gets a list of problems from the controls", async () => {
    const paths = fc.constantFrom(
      ["POST", "/control/fault"],
      ["POST", "/control/rotate-keys"],
      ["PATCH", "/control/settings"],
      ["PATCH", `/control/clients/${CLIENT_ID}`],
      ["PUT", "/control/triggers"],
      ["PUT", "/control/clock"],
    );
    const input = fc.oneof(
      anyText,
      fc.array(fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(paths, input, async ([method = "", path = ""], text) => {
        const body = text === "" ? "[]" : text;
        const response = await fetch(`${pool.domain}${path}`, { method, body });
        expect(response.status).toBe(400);
        const answer: unknown = await response.json();
        expect(Object(answer).error).toBeInstanceOf(Array);
      }),
      { numRuns: 80 },
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
      "scope",
      "client_id",
      "client_secret",
      "aws_client_metadata",
    );
    const grants = fc.constantFrom("authorization_code", "refresh_token", "client_credentials");
    const authorization = fc.oneof(
      fc.constant(undefined),
      fc.base64String({ maxLength: 40 }).map((text) => `Basic ${text}`),
      fc.string({ unit: "grapheme-ascii", maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("/oauth2/token", "/oauth2/revoke"),
        grants,
        fc.array(fc.tuple(names, anyText), { maxLength: 4 }),
        authorization,
        async (path, grant_type, changes, credentials) => {
          const body = new URLSearchParams({
            client_id: CLIENT_ID,
            grant_type,
            code: "c",
            redirect_uri: CALLBACK,
          });
          for (const [name, value] of changes) {
            body.set(name, value);
          }
          const headers = credentials === undefined ? {} : { Authorization: credentials };
          const response = await fetch(`${pool.domain}${path}`, { method: "POST", body, headers });
          const text = await response.text();
          expect([200, 400, 401]).toContain(response.status);
          if (response.status !== 200) {
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

  it("gets a documented exception from every operation of the user pool API", async () => {
    const operations = fc.constantFrom(...OPERATION_NAMES, "Nothing", "constructor", "__proto__");
    const member = fc.oneof(
      anyText,
      fc.constantFrom(...TELLING),
      fc.jsonValue(),
      fc.dictionary(anyText, anyText),
    );
    const input = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record(Object.fromEntries(MEMBERS.map((name) => [name, member])), { requiredKeys: [] }),
      },
      { weight: 1, arbitrary: fc.jsonValue() },
      { weight: 1, arbitrary: anyText },
    );
    await fc.assert(
      fc.asyncProperty(operations, input, async (operation, value) => {
        const body = typeof value === "string" ? value : JSON.stringify(value);
        const answer = await callSigned(pool, operation, body);
        expect([200, 400]).toContain(answer.status);
        expect(answer.status === 200 || /^[A-Za-z]+Exception$/.test(answer.type)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it("looks at a signed call's input at all", async () => {
    expect((await callSigned(pool, "ListUsers", JSON.stringify({ UserPoolId: USER_POOL_ID }))).status).toBe(
      200,
    );
    expect((await callSigned(pool, "ListUsers", "{}")).type).toBe("InvalidParameterException");
  });

  it("gets a documented exception for any signature", async () => {
    const part = fc.oneof(
      anyText,
      fc.constantFrom("AKIALOCALSALLYPORT00/20260101/us-east-1/cognito-idp/aws4_request"),
    );
    await fc.assert(
      fc.asyncProperty(
        part,
        part,
        part,
        fc.string({ maxLength: 20 }),
        async (credential, names, signature, date) => {
          const ascii = (text: string) => text.replaceAll(/[^\x21-\x7e]/g, "");
          const response = await fetch(pool.api, {
            method: "POST",
            headers: {
              "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUsers",
              "X-Amz-Date": ascii(date),
              Authorization: `AWS4-HMAC-SHA256 Credential=${ascii(credential)}, SignedHeaders=${ascii(names)}, Signature=${ascii(signature)}`,
            },
            body: "{}",
          });
          expect(response.status).toBe(400);
          expect(response.headers.get("x-amzn-ErrorType")).toMatch(
            /^(IncompleteSignature|UnrecognizedClient|InvalidSignature)Exception$/,
          );
          await response.arrayBuffer();
        },
      ),
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
