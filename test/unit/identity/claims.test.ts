import { describe, expect, it } from "vitest";
import { principalFromClaims } from "../../../src/identity/claims.ts";
import { fc, test } from "../policy/property.ts";
import { accessClaims, CLIENT, idClaims, ISSUER, NOW_SECONDS, ORIGIN_JTI, RULES, SUB } from "./fixtures.ts";

const judge = (claims: Record<string, unknown>, rules = RULES) =>
  principalFromClaims(claims, rules, NOW_SECONDS);
const reasonOf = (claims: Record<string, unknown>, rules = RULES) => {
  const judged = judge(claims, rules);
  return judged.ok ? undefined : "claim" in judged.error ? judged.error.claim : judged.error.reason;
};

describe("a token that promises everything", () => {
  it("of either kind names its user", () => {
    expect(judge(accessClaims())).toMatchObject({
      ok: true,
      value: {
        sub: SUB,
        session: ORIGIN_JTI,
        authTimeSeconds: NOW_SECONDS - 100,
        username: "alice",
        email: undefined,
        groups: ["staff"],
        scopes: ["openid", "email"],
      },
    });
    expect(judge(idClaims())).toMatchObject({
      ok: true,
      value: { sub: SUB, username: "alice", email: "alice@example.com", groups: [], scopes: [] },
    });
  });

  it("without origin_jti has the second of its sign-in for a session", () => {
    expect(judge(accessClaims({ origin_jti: undefined }))).toMatchObject({
      value: { session: `auth-${NOW_SECONDS - 100}` },
    });
  });

  it("without a username goes by its sub, and takes only texts for groups", () => {
    expect(judge(accessClaims({ username: 7, "cognito:groups": ["a", 7, null, "b"] }))).toMatchObject({
      value: { username: SUB, groups: ["a", "b"] },
    });
    expect(judge(accessClaims({ "cognito:groups": "staff" }))).toMatchObject({ value: { groups: [] } });
  });
});

/** What a verifier of signatures alone would let pass (security.md 0.8 and c). */
const REFUSED: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ["no exp", accessClaims({ exp: undefined }), "exp"],
  ["exp as text", accessClaims({ exp: String(NOW_SECONDS + 60) }), "exp"],
  ["exp as a fraction", accessClaims({ exp: NOW_SECONDS + 60.5 }), "exp"],
  ["exp of 1e300", accessClaims({ exp: 1e300 }), "exp"],
  ["exp of 1e999", accessClaims({ exp: Number.POSITIVE_INFINITY }), "exp"],
  ["exp of zero", accessClaims({ exp: 0 }), "exp"],
  ["a negative exp", accessClaims({ exp: -1 }), "exp"],
  ["exp in a list", accessClaims({ exp: [NOW_SECONDS + 60] }), "exp"],
  ["exp of this second", accessClaims({ exp: NOW_SECONDS }), "expired"],
  ["exp just past", accessClaims({ exp: NOW_SECONDS - 1 }), "expired"],
  ["iat as text", accessClaims({ iat: String(NOW_SECONDS) }), "iat"],
  ["iat in milliseconds", accessClaims({ iat: NOW_SECONDS * 1000 }), "not_yet_valid"],
  ["iat beyond the clocks' difference", accessClaims({ iat: NOW_SECONDS + 61 }), "not_yet_valid"],
  ["nbf as text", accessClaims({ nbf: "0" }), "nbf"],
  ["nbf to come", accessClaims({ nbf: NOW_SECONDS + 61 }), "not_yet_valid"],
  ["no token_use", accessClaims({ token_use: undefined }), "token_use"],
  ["token_use in a list", accessClaims({ token_use: ["access"] }), "token_use"],
  ["an unknown token_use", accessClaims({ token_use: "refresh" }), "token_use"],
  ["token_use in capitals", accessClaims({ token_use: "ACCESS" }), "token_use"],
  ["no client_id", accessClaims({ client_id: undefined }), "client_id"],
  ["a foreign client_id", accessClaims({ client_id: "other" }), "client_id"],
  ["client_id in a list", accessClaims({ client_id: [CLIENT] }), "client_id"],
  [
    "an access token with aud for client_id",
    accessClaims({ client_id: undefined, aud: CLIENT }),
    "client_id",
  ],
  ["no aud", idClaims({ aud: undefined }), "aud"],
  ["aud in a list", idClaims({ aud: [CLIENT] }), "aud"],
  ["an ID token with client_id for aud", idClaims({ aud: undefined, client_id: CLIENT }), "aud"],
  ["no iss", accessClaims({ iss: undefined }), "iss"],
  ["iss in a list", accessClaims({ iss: [ISSUER] }), "iss"],
  ["iss with more behind it", accessClaims({ iss: `${ISSUER}.evil.example` }), "iss"],
  ["iss with a slash", accessClaims({ iss: `${ISSUER}/` }), "iss"],
  ["iss with a NUL", accessClaims({ iss: `${ISSUER}\0` }), "iss"],
  ["iss of another pool", accessClaims({ iss: ISSUER.replace("Pool", "Pooi") }), "iss"],
  ["no sub", accessClaims({ sub: undefined }), "sub"],
  ["a number for sub", accessClaims({ sub: 12_345_678 }), "sub"],
  ["sub in a list", accessClaims({ sub: [SUB] }), "sub"],
  ["an empty sub", accessClaims({ sub: "" }), "sub"],
  ["a sub of dots", accessClaims({ sub: ".." }), "sub"],
  ["a sub that climbs", accessClaims({ sub: "aaaaaaaa/../victim" }), "sub"],
  ["a sub with a query", accessClaims({ sub: "../validate?" }), "sub"],
  ["an escaped sub", accessClaims({ sub: "%2e%2e%2fvictim" }), "sub"],
  ["a sub with a line end", accessClaims({ sub: `${SUB}\n` }), "sub"],
  ["no auth_time", accessClaims({ auth_time: undefined }), "auth_time"],
  ["auth_time as text", accessClaims({ auth_time: String(NOW_SECONDS) }), "auth_time"],
  ["auth_time to come", accessClaims({ auth_time: NOW_SECONDS + 61 }), "auth_time"],
  ["a number for origin_jti", accessClaims({ origin_jti: 7 }), "origin_jti"],
  ["an origin_jti with a space", accessClaims({ origin_jti: "a b" }), "origin_jti"],
  ["an empty origin_jti", accessClaims({ origin_jti: "" }), "origin_jti"],
  [
    "a machine's token",
    accessClaims({ sub: CLIENT, origin_jti: undefined, auth_time: undefined }),
    "machine_token",
  ],
];

describe("a token with a good signature", () => {
  it.each(REFUSED)("is refused with %s", (_, claims, reason) => {
    expect(reasonOf(claims)).toBe(reason);
  });

  it("is refused when its kind is not configured", () => {
    expect(reasonOf(idClaims(), { ...RULES, tokenUses: ["access"] })).toBe("token_use");
    expect(reasonOf(accessClaims(), { ...RULES, tokenUses: ["id"] })).toBe("token_use");
  });

  it("is allowed a minute between the clocks, and not for its end", () => {
    expect(reasonOf(accessClaims({ iat: NOW_SECONDS + 60, nbf: NOW_SECONDS + 60 }))).toBeUndefined();
    expect(reasonOf(accessClaims({ exp: NOW_SECONDS + 1 }))).toBeUndefined();
  });

  const claim = fc.constantFrom("iss", "sub", "client_id", "token_use", "exp", "auth_time");
  test(
    "is refused when a claim it must have is anything but what it must be",
    fc.tuple(claim, fc.jsonValue()),
    ([name, value]) => {
      const judged = judge(accessClaims({ [name]: value }));
      if (judged.ok) {
        expect(typeof value).toBe(["exp", "auth_time"].includes(name) ? "number" : "string");
        expect(judged.value.expiresAtSeconds).toBeGreaterThan(NOW_SECONDS);
      }
    },
  );
});
