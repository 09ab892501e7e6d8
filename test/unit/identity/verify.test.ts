import { base64url, compactVerify, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { fail, ok } from "../../../src/http/result.ts";
import type { JwksSource } from "../../../src/identity/jwks.ts";
import { verifyCognitoToken } from "../../../src/identity/verify.ts";
import { fc } from "../policy/property.ts";
import { accessClaims, NOW_SECONDS, RULES, SUB } from "./fixtures.ts";

const KID = "kid-1";
const HEADER = { alg: "RS256", kid: KID };

let privateKey: CryptoKey;
let publicKey: CryptoKey;
let keys: JwksSource;
let asked: string[];
beforeAll(async () => {
  const pair = await generateKeyPair("RS256");
  ({ privateKey, publicKey } = pair);
  asked = [];
  keys = {
    async key(kid) {
      asked.push(kid);
      return kid === KID ? ok(pair.publicKey) : fail({ reason: "unknown_kid" });
    },
  };
});

const verify = (token: string) => verifyCognitoToken(token, RULES, keys, NOW_SECONDS);
const sign = (header: object = HEADER, payload: object = accessClaims()) =>
  new SignJWT({ ...payload }).setProtectedHeader({ ...HEADER, ...header }).sign(privateKey);
const encode = (text: string) => base64url.encode(text);

/** Signs any header and payload text, well-formed or not. */
async function signText(header: string, payload: string): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = await crypto.subtle.sign(
    "RSASSA-PKCS1-v1_5",
    privateKey,
    new TextEncoder().encode(input),
  );
  return `${input}.${base64url.encode(new Uint8Array(signature))}`;
}

describe("a Cognito token", () => {
  it("is its user's when everything is right", async () => {
    expect(await verify(await sign())).toMatchObject({ ok: true, value: { sub: SUB } });
    expect(await verify(await sign({ typ: "JWT" }))).toMatchObject({ ok: true });
  });

  it.each([
    ["no token", ""],
    ["a word", "abc"],
    ["two parts", "a.b"],
    ["four parts", "a.b.c.d"],
    ["five parts", "a.b.c.d.e"],
    ["a JSON serialisation", '{"payload":"x"}'],
    ["a header that is no JSON", `${base64url.encode("{")}.e30.AA`],
    ["a header that is a list", `${base64url.encode("[]")}.e30.AA`],
    ["a huge one", `${"a".repeat(17_000)}.b.c`],
    ["a line end after it", "a.b.c\n"],
    ["a NUL in it", "a.b\0.c"],
  ])("is refused as malformed: %s", async (_, token) => {
    expect(await verify(token)).toEqual({ ok: false, error: { reason: "malformed" } });
  });

  it.each([
    ["none", { alg: "none" }],
    ["None", { alg: "None" }],
    ["HS256", { alg: "HS256" }],
    ["RS384", { alg: "RS384" }],
    ["PS256", { alg: "PS256" }],
    ["ES256", { alg: "ES256" }],
    ["a list of algorithms", { alg: ["RS256"] }],
    ["no algorithm", { alg: undefined }],
    ["another type", { typ: "at+jwt" }],
    ["a logout token's type", { typ: "logout+jwt" }],
    ["crit", { crit: ["exp"] }],
    ["an empty crit", { crit: [] }],
    ["b64", { b64: false }],
    ["no kid", { kid: undefined }],
    ["a number for kid", { kid: 1 }],
    ["a list for kid", { kid: [KID] }],
    ["a huge kid", { kid: "k".repeat(300) }],
  ])("is refused before any key is looked for, with %s in its header", async (_, changes) => {
    asked = [];
    const token = await signText(JSON.stringify({ ...HEADER, ...changes }), JSON.stringify(accessClaims()));
    expect(await verify(token)).toEqual({ ok: false, error: { reason: "malformed" } });
    expect(asked).toEqual([]);
  });

  it.each(["../../etc/passwd", "' OR 1=1", "__proto__", "https://evil.example/key"])(
    "is refused with a kid that is nobody's: %s",
    async (kid) => {
      expect(await verify(await sign({ kid }))).toEqual({ ok: false, error: { reason: "unknown_kid" } });
    },
  );

  it("takes no key from its own header", async () => {
    const stranger = await generateKeyPair("RS256", { extractable: true });
    const jwk = await crypto.subtle.exportKey("jwk", stranger.publicKey);
    const token = await new SignJWT(accessClaims())
      .setProtectedHeader({ ...HEADER, jwk, jku: "https://evil.example", x5u: "https://evil.example" })
      .sign(stranger.privateKey);
    expect(await verify(token)).toEqual({ ok: false, error: { reason: "bad_signature" } });
  });

  it.each([
    ["a list", "[]"],
    ["null", "null"],
    ["text", '"x"'],
    ["half of it", '{"sub":'],
    ["a byte order mark", `\u{FEFF}${JSON.stringify(accessClaims())}`],
    ["something after it", `${JSON.stringify(accessClaims())}{}`],
  ])("is refused as malformed when its payload is %s", async (_, payload) => {
    expect(await verify(await signText(JSON.stringify(HEADER), payload))).toEqual({
      ok: false,
      error: { reason: "malformed" },
    });
  });

  it("is refused when its payload is not UTF-8", async () => {
    const input = `${encode(JSON.stringify(HEADER))}.${base64url.encode(new Uint8Array([123, 255, 125]))}`;
    const signature = await crypto.subtle.sign(
      "RSASSA-PKCS1-v1_5",
      privateKey,
      new TextEncoder().encode(input),
    );
    expect(await verify(`${input}.${base64url.encode(new Uint8Array(signature))}`)).toEqual({
      ok: false,
      error: { reason: "malformed" },
    });
  });

  it("is never accepted with another header or payload under the same signature", async () => {
    const token = await sign();
    const end = token.lastIndexOf(".");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(end - 1),
        fc.constantFrom("A", "B", "x", "z", "0", "1", "9", "-", "_", "."),
        async (at, letter) => {
          fc.pre(token[at] !== letter);
          expect(await verify(token.slice(0, at) + letter + token.slice(at + 1))).toMatchObject({
            ok: false,
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is accepted only where jose accepts its signature", async () => {
    const good = await sign();
    const [header = "", payload = "", signature = ""] = good.split(".");
    const part = (own: string) =>
      fc.oneof(
        fc.constant(own),
        fc
          .tuple(fc.nat(own.length), fc.base64String({ maxLength: 8 }))
          .map(([at, text]) => own.slice(0, at) + text),
        fc.constantFrom(`${own}=`, `${own}A`, own.slice(0, -1), ` ${own}`, own.replace("-", "+"), ""),
      );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(part(header), part(payload), part(signature), async (...parts) => {
        const token = parts.join(".");
        const { ok: isOurs } = await verify(token);
        const isJoses = await compactVerify(token, publicKey, { algorithms: ["RS256"] }).then(
          () => true,
          () => false,
        );
        accepted += isOurs ? 1 : 0;
        expect(isJoses || !isOurs).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it("never throws, whatever comes", async () => {
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.base64String(), { maxLength: 5 }).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await verify(token)).toMatchObject({ ok: false });
      }),
      { numRuns: 300 },
    );
  });
});
