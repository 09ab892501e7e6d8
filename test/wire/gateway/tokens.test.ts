import { fc } from "../../unit/policy/property.ts";
import { base64url, generateKeyPair, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accessClaims, CLIENT_ID, startIssuer, SUB, type Issuer } from "../../support/forged-tokens.ts";
import { send, type Answer } from "../../support/http.ts";
import { refusalOf } from "../../support/program.ts";
import { bearer } from "../../support/sign-in.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

let issuer: Issuer;
let world: WatchedWorld;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWatchedWorld({
    vars: {
      COGNITO_ISSUER: issuer.issuer,
      COGNITO_JWKS_URL: issuer.jwksUrl,
      COGNITO_CLIENT_ID: CLIENT_ID,
    },
  });
});
afterEach(() => {
  issuer.answerWith({ kind: "keys" });
});
afterAll(async () => {
  await world.close();
  await issuer.close();
  expect(world.leaks()).toEqual([]);
});

const now = () => Math.floor(Date.now() / 1000);

function ask(token: string): Promise<Answer> {
  world.confide(token.length > 20 ? token : undefined);
  return send(`${world.gatewayUrl}/api/balance`, { headers: bearer(token) });
}

const arrived = () => world.bank?.requests().length ?? 0;

describe("when Cognito's keys cannot be had", () => {
  it.each([
    ["answers 500", { kind: "status", status: 500 }],
    ["redirects", { kind: "status", status: 302 }],
    ["sends a page", { kind: "text", text: "<!doctype html><title>hello</title>" }],
    ["sends no keys", { kind: "text", text: '{"keys":[]}' }],
    ["sends other keys", { kind: "text", text: '{"keys":[{"kty":"oct","kid":"own-key-1","k":"AAAA"}]}' }],
  ] as const)("a cold gateway says so and blames no token (the endpoint %s)", async (_, answer) => {
    issuer.answerWith(answer);
    const refused = await ask(await issuer.sign(accessClaims(issuer.issuer)));
    expect(refusalOf(refused)).toEqual([503, "sign_in_unavailable"]);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(arrived()).toBe(0);
  });

  it("a warm gateway goes on with the keys it has, for tokens it never saw too", async () => {
    const good = await issuer.sign(accessClaims(issuer.issuer));
    await expect.poll(async () => (await ask(good)).status, { timeout: 10_000 }).toBe(200);
    issuer.answerWith({ kind: "status", status: 500 });
    const unknown = await issuer.sign(accessClaims(issuer.issuer), { kid: "unknown" });
    expect([401, 503]).toContain((await ask(unknown)).status);
    const fresh = await issuer.sign(accessClaims(issuer.issuer, { jti: "fresh" }));
    expect((await ask(fresh)).status).toBe(200);
  });

  it("random kids do not make it ask again and again", async () => {
    const before = issuer.asked();
    for (let index = 0; index < 20; index += 1) {
      const token = await issuer.sign(accessClaims(issuer.issuer), { kid: `random-${index}` });
      expect([401, 503]).toContain((await ask(token)).status);
    }
    expect(issuer.asked() - before).toBeLessThanOrEqual(1);
  });
});

describe("a token with a good signature", () => {
  it("is accepted when it promises everything", async () => {
    const answer = await ask(await issuer.sign(accessClaims(issuer.issuer)));
    expect(answer.status).toBe(200);
  });

  it.each([
    ["no exp", { exp: undefined }],
    ["an exp that is text", { exp: String(now() + 600) }],
    ["an exp that is a fraction", { exp: now() + 600.5 }],
    ["an exp of 1e300", { exp: 1e300 }],
    ["an exp in the past", { exp: now() - 1 }],
    ["an nbf in the future", { nbf: now() + 600 }],
    ["an iat in the future", { iat: now() + 600 }],
    ["an iat in milliseconds", { iat: Date.now() }],
    ["no token_use", { token_use: undefined }],
    ["another token_use", { token_use: "refresh" }],
    ["a token_use that is a list", { token_use: ["access"] }],
    ["no client_id", { client_id: undefined }],
    ["another client", { client_id: "somebody-else" }],
    ["a list of clients", { client_id: [CLIENT_ID] }],
    ["the client in aud only", { client_id: undefined, aud: CLIENT_ID }],
    ["another issuer", { iss: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other" }],
    ["no issuer", { iss: undefined }],
    ["no sub", { sub: undefined }],
    ["a sub that is a number", { sub: 12_345_678 }],
    ["a sub that climbs", { sub: `${SUB}/../victim` }],
    ["a sub of dots", { sub: ".." }],
    ["no auth_time", { auth_time: undefined }],
    ["an auth_time that is text", { auth_time: String(now()) }],
    ["an auth_time in the future", { auth_time: now() + 600 }],
    ["an origin_jti that is none", { origin_jti: { a: 1 } }],
  ])("is refused with %s", async (_, changes) => {
    const before = arrived();
    const answer = await ask(await issuer.sign(accessClaims(issuer.issuer, changes)));
    expect(refusalOf(answer)).toEqual([401, "invalid_token"]);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    expect(arrived()).toBe(before);
  });

  it("is refused as a machine's where it names no user", async () => {
    const token = await issuer.sign(
      accessClaims(issuer.issuer, { sub: CLIENT_ID, username: undefined, origin_jti: undefined }),
    );
    expect(refusalOf(await ask(token))).toEqual([403, "machine_token"]);
  });

  it.each([
    ["another typ", { typ: "logout+jwt" }],
    ["crit", { crit: ["exp"], exp: 1 }],
    ["b64", { b64: true, crit: ["b64"] }],
  ])("is refused with %s in its header", async (_, header) => {
    const signed = await new SignJWT(accessClaims(issuer.issuer))
      .setProtectedHeader({ alg: "RS256", kid: issuer.kid, ...header })
      .sign(issuer.privateKey, { crit: { exp: true } })
      .catch(() => undefined);
    if (signed !== undefined) {
      expect(refusalOf(await ask(signed))).toEqual([401, "invalid_token"]);
    }
  });
});

describe("a token with another signature", () => {
  const encode = (value: unknown) => base64url.encode(JSON.stringify(value));

  it("is refused: unsigned, HMAC by the public key's text, another key, another algorithm", async () => {
    const claims = accessClaims(issuer.issuer);
    const stranger = await generateKeyPair("RS256");
    const jwks = await (await fetch(issuer.jwksUrl)).text();
    const hmac = (text: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid: issuer.kid })
        .sign(new TextEncoder().encode(text));
    const n = (JSON.parse(jwks) as { keys: [{ n: string }] }).keys[0].n;
    const good = await issuer.sign(claims);
    const [head = "", payload = "", signature = ""] = good.split(".");
    const tokens = [
      ...["none", "None", "NONE", "nOnE"].map(
        (alg) => `${encode({ alg, kid: issuer.kid })}.${encode(claims)}.`,
      ),
      `${encode({ alg: "none", kid: issuer.kid })}.${encode(claims)}.AA`,
      await hmac(jwks),
      await hmac(n),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: issuer.kid })
        .sign(stranger.privateKey),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: issuer.kid, jku: issuer.jwksUrl })
        .sign(stranger.privateKey),
      `${head}.${encode({ ...claims, sub: "a11ce000-5a11-4b0f-8000-000000000001" })}.${signature}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${head}.${payload}.${signature}.x`,
      `${head}.${payload}.${signature}, ${good}`,
      `${good} ${good}`,
      `${good}=`,
      "x",
      "",
    ];
    const before = arrived();
    for (const token of tokens) {
      expect(refusalOf(await ask(token)), token).toEqual([401, "invalid_token"]);
    }
    expect(arrived()).toBe(before);
  });

  it("is never accepted, whatever is changed in a good one", async () => {
    const good = await issuer.sign(accessClaims(issuer.issuer));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.lastIndexOf(".") - 1),
        fc.constantFrom("A", "Q", "g", "w", "Z", "0", "9", "_", "-", "."),
        async (at, letter) => {
          fc.pre(good[at] !== letter);
          const { status } = await ask(good.slice(0, at) + letter + good.slice(at + 1));
          expect([401, 503]).toContain(status);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("does not end the good one's life: nothing is refused by its text", async () => {
    const good = await issuer.sign(accessClaims(issuer.issuer));
    await ask(`${good}x`);
    expect((await ask(good)).status).toBe(200);
  });
});

describe("how a token is carried", () => {
  it("a bad token is not made good by anything beside it", async () => {
    const good = await issuer.sign(accessClaims(issuer.issuer));
    const answer = await send(`${world.gatewayUrl}/api/balance`, {
      headers: { Authorization: "Bearer bad", Cookie: `__Host-sallyport-session=${good}` },
    });
    expect(refusalOf(answer)).toEqual([401, "invalid_token"]);
  });

  it("an access token is no session cookie, neither before nor after it was seen as a token", async () => {
    const good = await issuer.sign(accessClaims(issuer.issuer, { jti: "carrier" }));
    const asCookie = () =>
      send(`${world.gatewayUrl}/api/balance`, { headers: { Cookie: `__Host-sallyport-session=${good}` } });
    expect(refusalOf(await asCookie())).toEqual([401, "sign_in_required"]);
    expect((await ask(good)).status).toBe(200);
    expect(refusalOf(await asCookie())).toEqual([401, "sign_in_required"]);
  });

  it("another scheme belongs to the app and proves nothing", async () => {
    const answer = await send(`${world.gatewayUrl}/api/balance`, {
      headers: { Authorization: `Basic ${Buffer.from("a:b").toString("base64")}` },
    });
    expect(refusalOf(answer)).toEqual([401, "sign_in_required"]);
  });
});
