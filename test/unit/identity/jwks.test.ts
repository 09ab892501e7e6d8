import { exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { remoteJwks } from "../../../src/identity/jwks.ts";

const URL_OF_KEYS = "https://pool.example/.well-known/jwks.json";
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

let first: JWK;
let second: JWK;
beforeAll(async () => {
  const make = async (kid: string): Promise<JWK> => ({
    ...(await exportJWK((await generateKeyPair("RS256", { extractable: true })).publicKey)),
    kid,
    alg: "RS256",
    use: "sig",
  });
  [first, second] = await Promise.all([make("first"), make("second")]);
});

/** A source with a clock and an endpoint that the test moves. */
function sourceOf(initial: () => Response | Promise<Response>) {
  const state = { nowMs: 1_000_000_000_000, asked: 0, answer: initial };
  const source = remoteJwks({
    url: URL_OF_KEYS,
    now: () => state.nowMs,
    fetch: async (input, init) => {
      state.asked += 1;
      expect([input, init?.redirect]).toEqual([URL_OF_KEYS, "manual"]);
      return state.answer();
    },
  });
  return { source, state };
}

async function publicKeyOf(modulusLength: number): Promise<JWK> {
  const publicExponent = new Uint8Array([1, 0, 1]);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent };
  return exportJWK((await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])).publicKey);
}

const published =
  (...keys: unknown[]) =>
  () =>
    Response.json({ keys });
const down = () => new Response("{}", { status: 500 });
const UNKNOWN = { ok: false, error: { reason: "unknown_kid" } };
const UNAVAILABLE = { ok: false, error: { reason: "keys_unavailable" } };

describe("the keys of a pool", () => {
  it("are fetched when first needed, and then used for ten minutes", async () => {
    const { source, state } = sourceOf(published(first, second));
    expect(state.asked).toBe(0);
    for (const kid of ["first", "second", "first"]) {
      expect(await source.key(kid)).toMatchObject({ ok: true, value: { type: "public" } });
    }
    expect(state.asked).toBe(1);
    state.nowMs += 10 * MINUTE_MS - 1;
    await source.key("first");
    expect(state.asked).toBe(1);
    state.nowMs += 1;
    await source.key("first");
    expect(state.asked).toBe(2);
  });

  it("are fetched again for an unknown kid, at most every ten seconds", async () => {
    const { source, state } = sourceOf(published(first));
    expect(await source.key("second")).toEqual(UNKNOWN);
    for (let index = 0; index < 50; index += 1) {
      expect(await source.key(`random-${index}`)).toEqual(UNKNOWN);
    }
    expect(state.asked).toBe(1);
    state.answer = published(first, second);
    state.nowMs += 10 * SECOND_MS;
    expect(await source.key("second")).toMatchObject({ ok: true });
    expect(state.asked).toBe(2);
  });

  it("are kept in use when the endpoint is down, however long", async () => {
    const { source, state } = sourceOf(published(first));
    await source.key("first");
    state.answer = down;
    for (let hours = 0; hours < 5; hours += 1) {
      state.nowMs += 60 * MINUTE_MS;
      expect(await source.key("first")).toMatchObject({ ok: true });
    }
    // What they do not know may well be a new key: that is not the token's fault.
    expect(await source.key("second")).toEqual(UNAVAILABLE);
  });

  it("that cannot be had are told apart from a key that is not there, and are not asked for without pause", async () => {
    const { source, state } = sourceOf(down);
    for (let index = 0; index < 20; index += 1) {
      expect(await source.key("first")).toEqual(UNAVAILABLE);
    }
    expect(state.asked).toBe(1);
    state.nowMs += 2 * SECOND_MS;
    state.answer = published(first);
    expect(await source.key("first")).toMatchObject({ ok: true });
  });

  it("are had by every one of many cold requests", async () => {
    const { source } = sourceOf(published(first));
    const found = await Promise.all(Array.from({ length: 20 }, () => source.key("first")));
    expect(found.every(({ ok }) => ok)).toBe(true);
  });

  it("that were rotated away are no longer used", async () => {
    const { source, state } = sourceOf(published(first));
    await source.key("first");
    state.answer = published(second);
    state.nowMs += 10 * MINUTE_MS;
    expect(await source.key("first")).toEqual(UNKNOWN);
    expect(await source.key("second")).toMatchObject({ ok: true });
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ["500", down],
    ["a redirect", () => new Response(null, { status: 302, headers: { Location: "https://evil.example" } })],
    ["a page", () => new Response("<!doctype html>")],
    ["half of it", () => new Response('{"keys":[')],
    ["no keys", published()],
    ["a list", () => Response.json([])],
    ["a huge document", () => new Response(JSON.stringify({ keys: [], pad: "x".repeat(70_000) }))],
    ["too many keys", () => Response.json({ keys: Array.from({ length: 21 }, () => first) })],
    ["a broken connection", () => Promise.reject(new Error("network"))],
  ])("cannot be had from %s", async (_, answer) => {
    const { source } = sourceOf(answer);
    expect(await source.key("first")).toEqual(UNAVAILABLE);
  });

  it("are RSA keys for signatures, of a decent size, each kid once", async () => {
    const tiny = { ...first, kid: "tiny", n: "AQAB" };
    const short = { ...(await publicKeyOf(2047)), kid: "short" };
    const padded = { ...(await publicKeyOf(1024)), kid: "padded" };
    padded.n = Buffer.concat([Buffer.alloc(200), Buffer.from(padded.n ?? "", "base64url")]).toString(
      "base64url",
    );
    const encryption = { ...first, kid: "encryption", use: "enc" };
    const other = { ...first, kid: "other", alg: "RS512" };
    const secret = { kty: "oct", kid: "secret", k: "AAAA" };
    const unnamed = { ...first, kid: undefined };
    const twice = { ...second, kid: "first" };
    const { source, state } = sourceOf(
      published(tiny, short, padded, encryption, other, secret, unnamed, null, first, twice),
    );
    const before = await source.key("first");
    expect(before).toMatchObject({ ok: true });
    for (const kid of [
      "tiny",
      "short",
      "padded",
      "encryption",
      "other",
      "secret",
      "undefined",
      "",
      "__proto__",
      "constructor",
    ]) {
      expect(await source.key(kid)).toEqual(UNKNOWN);
    }
    expect(state.asked).toBe(1);
    const exported = before.ok
      ? await crypto.subtle.exportKey("jwk", before.value).catch(() => undefined)
      : undefined;
    expect([undefined, first.n]).toContain(exported?.n);
  });
});
