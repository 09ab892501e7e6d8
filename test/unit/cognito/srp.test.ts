import { createRequire } from "node:module";
import { getDiffieHellman } from "node:crypto";
import { expect, test } from "vitest";
import { fc } from "../../support/properties.ts";
import { bytesOf, MODULUS, numberOf } from "../../../src/cognito/srp-group.ts";
import { srpClient } from "../../../src/cognito/srp.ts";
import { provesPassword, startSrp } from "../../../workers/local/cognito/sign-in/srp.ts";
import { newCredential } from "../../../workers/local/cognito/credential.ts";
import type { Pool } from "../../../workers/local/cognito/pool.ts";

const POOL_ID = "us-east-1_Sallyport1";
const POOL_NAME = "Sallyport1";
const NOW_MS = Date.UTC(2026, 10, 3, 7, 5, 9);
// What the other half of the proof reads of a pool.
const pool = { userPoolId: POOL_ID, store: { poolSecret: "decoy" } } as unknown as Pool;

/** A client library that nobody here wrote, with the parts of it that have no types. */
interface Helper {
  readonly smallAValue: { toString(radix: number): string };
  readonly modInverse?: never;
  getLargeAValue(done: (error: unknown, value: { toString(radix: number): string }) => void): void;
  getPasswordAuthenticationKey(
    username: string,
    password: string,
    serverPublic: unknown,
    salt: unknown,
    done: (error: unknown, key: Uint8Array) => void,
  ): void;
}
const require = createRequire(import.meta.url);
const { default: AuthenticationHelper } =
  require("amazon-cognito-identity-js/lib/AuthenticationHelper.js") as {
    default: new (poolName: string) => Helper;
  };
const { default: BigInteger } = require("amazon-cognito-identity-js/lib/BigInteger.js") as {
  default: new (digits: string, radix: number) => unknown;
};

function serverFor(username: string, password: string, clientPublic: string) {
  const credential = newCredential(POOL_ID, username, password);
  // The server's half reads nothing else of a user.
  const user = { username, credential } as never;
  const start = startSrp(pool, username, user, clientPublic);
  if (start === undefined) {
    throw new Error("the public number is refused");
  }
  return start;
}

test("the group is RFC 3526's", () => {
  expect(MODULUS.toString(16)).toBe(getDiffieHellman("modp15").getPrime("hex"));
});

test("numbers are hashed as positive ones, and come back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: MODULUS }), (value) => {
      const bytes = bytesOf(value);
      expect((bytes[0] ?? 255) < 128).toBe(true);
      expect(numberOf(bytes)).toBe(value);
    }),
  );
});

test("a password is proven to a pool, and no other password is", { timeout: 60_000 }, async () => {
  const name = fc
    .string({ minLength: 1, maxLength: 20, unit: "grapheme" })
    .filter((text) => text.trim() !== "");
  await fc.assert(
    fc.asyncProperty(name, name, name, async (username, password, other) => {
      const client = srpClient(POOL_NAME);
      const { exchange, salt } = serverFor(username, password, client.publicHex);
      const question = { userId: username, salt, ...exchange, nowMs: NOW_MS };
      const right = await client.prove({ ...question, password });
      const wrong = await client.prove({ ...question, password: `${password}${other}` });
      expect(right?.timestamp).toBe("Tue Nov 3 07:05:09 UTC 2026");
      for (const [proof, isRight] of [
        [right, true],
        [wrong, false],
      ] as const) {
        const claim = { secretBlock: exchange.secretBlock, timestamp: "", signature: "", ...proof };
        expect(provesPassword(pool, username, exchange, claim)).toBe(isRight);
      }
    }),
    { numRuns: 8 },
  );
});

test("the key is the one that Amazon's own client library derives", { timeout: 60_000 }, async () => {
  const theirs = new AuthenticationHelper(POOL_NAME);
  const digits = theirs.smallAValue.toString(16);
  const random = Uint8Array.from(
    digits.padStart(digits.length + (digits.length % 2), "0").match(/../g) ?? [],
    (pair) => Number.parseInt(pair, 16),
  );
  const ours = srpClient(POOL_NAME, random);
  const theirPublic = await new Promise<string>((resolve) => {
    theirs.getLargeAValue((_error, value) => resolve(value.toString(16)));
  });
  expect(ours.publicHex).toBe(theirPublic);
  const { exchange, salt } = serverFor("alice", "Correct-Horse-1", ours.publicHex);
  const key = await new Promise<Uint8Array>((resolve) => {
    theirs.getPasswordAuthenticationKey(
      "alice",
      "Correct-Horse-1",
      new BigInteger(exchange.serverPublic, 16),
      new BigInteger(salt, 16),
      (_error, value) => resolve(value),
    );
  });
  const { createHmac } = await import("node:crypto");
  const proof = await ours.prove({
    userId: "alice",
    password: "Correct-Horse-1",
    salt,
    ...exchange,
    nowMs: NOW_MS,
  });
  const expected = createHmac("sha256", key)
    .update(`${POOL_NAME}alice`)
    .update(Buffer.from(exchange.secretBlock, "base64"))
    .update("Tue Nov 3 07:05:09 UTC 2026")
    .digest("base64");
  expect(proof?.signature).toBe(expected);
});

test("a question that would give the password away is not answered", async () => {
  const client = srpClient(POOL_NAME);
  const { exchange, salt } = serverFor("alice", "pw", client.publicHex);
  const question = { userId: "alice", password: "pw", salt, ...exchange, nowMs: NOW_MS };
  for (const changes of [
    { serverPublic: "0" },
    { serverPublic: MODULUS.toString(16) },
    { serverPublic: (MODULUS * 2n).toString(16) },
    { serverPublic: "" },
    { serverPublic: "0x10" },
    { serverPublic: "f".repeat(2000) },
    { salt: "no" },
    { secretBlock: "***" },
  ]) {
    expect(await client.prove({ ...question, ...changes })).toBeUndefined();
  }
});
