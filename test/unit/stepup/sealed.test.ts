import { describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { parseSub } from "../../../src/identity/principal.ts";
import {
  isKeptHeader,
  openKept,
  openWay,
  sealKept,
  sealWay,
  type KeptRequest,
} from "../../../src/stepup/sealed.ts";
import { principalOf } from "../identity/fixtures.ts";
import { fc } from "../policy/property.ts";
import { challengeId } from "./fixtures.ts";

const keyring = await makeKeyring(["s".repeat(32)]);
const { sub } = principalOf();
const id = challengeId();
const bob = parseSub("b0b00000-5a11-4b0f-8000-000000000002") ?? sub;
const otherId = challengeId("0c0ffee0-0000-4000-8000-000000000002");

const kept = fc.record<KeptRequest>({
  method: fc.constantFrom("GET", "POST"),
  publicOrigin: fc.constant("https://app.example.com"),
  target: fc.webPath(),
  headers: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 5 }),
  body: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => new Uint8Array(bytes)),
});

describe("a kept request", () => {
  it("comes back byte for byte, for its own user and challenge only", async () => {
    await fc.assert(
      fc.asyncProperty(kept, async (request) => {
        const sealed = await sealKept(keyring, sub, id, request);
        expect(await openKept(keyring, sub, id, sealed)).toEqual(request);
        expect(await openKept(keyring, bob, id, sealed)).toBeUndefined();
        expect(await openKept(keyring, sub, otherId, sealed)).toBeUndefined();
        expect(await openWay(keyring, sub, id, sealed)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });

  it("of megabytes can be kept", async () => {
    const body = new Uint8Array(2 * 1024 * 1024).fill(7);
    const sealed = await sealKept(keyring, sub, id, {
      method: "POST",
      publicOrigin: "https://a",
      target: "/",
      headers: [],
      body,
    });
    expect((await openKept(keyring, sub, id, sealed))?.body.byteLength).toBe(body.byteLength);
  });
});

describe("the way out", () => {
  it("opens for its own user and challenge only, and is not a kept request", async () => {
    const way = { url: "https://mfa.authsignal.com/?token=t", token: "t" };
    const sealed = await sealWay(keyring, sub, id, way);
    expect(sealed).not.toContain("mfa");
    expect(await openWay(keyring, sub, id, sealed)).toEqual(way);
    expect(await openWay(keyring, bob, id, sealed)).toBeUndefined();
    expect(await openWay(keyring, sub, otherId, sealed)).toBeUndefined();
    expect(await openKept(keyring, sub, id, sealed)).toBeUndefined();
  });
});

describe("kept headers", () => {
  it("are those that describe the request and where it came from", () => {
    const names = [
      "content-type",
      "content-language",
      "accept",
      "accept-language",
      "origin",
      "referer",
      "idempotency-key",
    ];
    expect(names.every(isKeptHeader)).toBe(true);
    const others = [
      "cookie",
      "authorization",
      "user-agent",
      "sec-fetch-site",
      "x-origin",
      "original",
      "sallyport-challenge",
    ];
    expect(others.some(isKeptHeader)).toBe(false);
  });
});
