import { describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { openSession, sealSession } from "../../../src/identity/session-cookie.ts";
import { NOW_SECONDS, principalOf } from "./fixtures.ts";

const keyring = await makeKeyring(["s".repeat(32)]);

describe("a session cookie", () => {
  it("brings back who signed in, and what policies may read of it", async () => {
    const sealed = (await sealSession(keyring, principalOf({ claims: { secret: "left behind" } }))) ?? "";
    expect(sealed).toMatch(/^[\w.-]+$/);
    const opened = await openSession(keyring, sealed, NOW_SECONDS);
    const { claims, ...rest } = principalOf();
    expect(opened).toMatchObject(rest);
    expect(opened?.claims).toEqual({
      sub: rest.sub,
      "cognito:username": "alice",
      "cognito:groups": ["staff"],
      auth_time: rest.authTimeSeconds,
      email: "alice@example.com",
    });
    expect(claims).toEqual({});
  });

  it("brings back the claims that the policy reads, where they fit", async () => {
    const claims = {
      "custom:plan": "pro",
      other: "left behind",
      sub: "somebody else",
      long: "x".repeat(4000),
    };
    const principal = principalOf({ claims });
    const claimsOf = async (...names: string[]) =>
      (await openSession(keyring, (await sealSession(keyring, principal, names)) ?? "", NOW_SECONDS))?.claims;
    expect(await claimsOf("custom:plan", "absent", "sub")).toMatchObject({
      "custom:plan": "pro",
      sub: principal.sub,
    });
    expect(Object.keys((await claimsOf("custom:plan")) ?? {})).not.toContain("other");
    expect(await claimsOf("custom:plan", "long")).toEqual(await claimsOf());
  });

  it("ends with the token it came from", async () => {
    const sealed = (await sealSession(keyring, principalOf({ expiresAtSeconds: NOW_SECONDS + 1 }))) ?? "";
    expect(await openSession(keyring, sealed, NOW_SECONDS)).toBeDefined();
    expect(await openSession(keyring, sealed, NOW_SECONDS + 1)).toBeUndefined();
  });

  it("is not made when no browser would keep it", async () => {
    const groups = Array.from({ length: 100 }, (_, index) => `a-long-name-of-a-group-${index}`);
    expect(await sealSession(keyring, principalOf({ groups }))).toBeUndefined();
  });

  it("of another secret, or none, is nothing", async () => {
    const other = await makeKeyring(["t".repeat(32)]);
    const sealed = (await sealSession(other, principalOf())) ?? "";
    for (const value of [sealed, "", "x", "a.b.c.d.e", `${sealed}x`]) {
      expect(await openSession(keyring, value, NOW_SECONDS)).toBeUndefined();
    }
  });
});
