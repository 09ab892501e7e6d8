import { describe, expect, it } from "vitest";
import { fail, ok, type Result } from "../../../src/http/result.ts";
import { administratorOf, type AdministratorPorts } from "../../../src/identity/administrator.ts";
import type { Principal } from "../../../src/identity/principal.ts";
import { serviceKeys } from "../../../src/identity/service-keys.ts";
import type { TokenProblem } from "../../../src/identity/verify.ts";
import { principalOf } from "./fixtures.ts";

const KEY = "key-0123456789abcdef0123456789abcdef";
const PREVIOUS = "old-0123456789abcdef0123456789abcdef";
const TOKEN = "e30.e30.c2ln";

const bearer = (credential: string) => new Headers({ authorization: `Bearer ${credential}` });
const keysOnly = async (): Promise<AdministratorPorts> => ({
  keys: await serviceKeys({ current: KEY, previous: PREVIOUS }),
  people: undefined,
});
const people = (
  verified: Result<Principal, TokenProblem>,
  isRevoked: () => Promise<boolean> = async () => false,
): AdministratorPorts => ({
  keys: undefined,
  people: { group: "staff", verify: async () => verified, isRevoked },
});
const reasonOf = async (headers: Headers, ports: AdministratorPorts) => {
  const found = await administratorOf(headers, ports);
  return found.ok ? "an administrator" : found.error.reason;
};

describe("an administrator", () => {
  it("is whoever has a service key, either one while it is replaced", async () => {
    const ports = await keysOnly();
    expect(await administratorOf(bearer(KEY), ports)).toEqual(ok({ by: "service-key", slot: "current" }));
    expect(await administratorOf(bearer(PREVIOUS), ports)).toEqual(
      ok({ by: "service-key", slot: "previous" }),
    );
    expect(await reasonOf(bearer(`${KEY}x`), ports)).toBe("refused");
  });

  it("is a person of the group, by a good token of a session that lives", async () => {
    const principal = principalOf({ groups: ["users", "staff"] });
    expect(await administratorOf(bearer(TOKEN), people(ok(principal)))).toEqual(
      ok({ by: "user", principal }),
    );
  });

  it("is nobody of another group, whatever the spelling", async () => {
    for (const groups of [[], ["Staff"], ["staff "], ["staff2"]]) {
      expect(await reasonOf(bearer(TOKEN), people(ok(principalOf({ groups }))))).toBe("not_in_group");
    }
  });

  it("is nobody whose session was ended, and nobody while that cannot be read", async () => {
    const principal = ok(principalOf({ groups: ["staff"] }));
    expect(
      await reasonOf(
        bearer(TOKEN),
        people(principal, async () => true),
      ),
    ).toBe("revoked");
    const hanging = people(principal, async () => Promise.reject(new Error("the ledger is away")));
    expect(await reasonOf(bearer(TOKEN), hanging)).toBe("unavailable");
  });

  it("is nobody with a bad token; without Cognito's keys nothing is said of the token", async () => {
    expect(await reasonOf(bearer(TOKEN), people(fail({ reason: "expired" })))).toBe("refused");
    expect(await reasonOf(bearer(TOKEN), people(fail({ reason: "keys_unavailable" })))).toBe("unavailable");
  });

  it("is nobody by a cookie, another scheme, or two credentials in one header", async () => {
    const ports = await keysOnly();
    for (const headers of [
      new Headers(),
      new Headers({ cookie: `__Host-sallyport-session=${KEY}` }),
      new Headers({ authorization: KEY }),
      new Headers({ authorization: `Basic ${btoa(`x:${KEY}`)}` }),
      new Headers({ authorization: "Bearer " }),
      new Headers({ authorization: `Bearer ${KEY}, Bearer other` }),
    ]) {
      expect(await reasonOf(headers, ports)).toBe("nobody");
    }
  });

  it("does not exist where neither a key nor a group is configured", async () => {
    expect(await reasonOf(bearer(""), { keys: undefined, people: undefined })).toBe("off");
  });
});
