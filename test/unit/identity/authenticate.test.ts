import { generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { ok } from "../../../src/http/result.ts";
import { authenticate, type AuthenticationPorts } from "../../../src/identity/authenticate.ts";
import { rememberedProofs } from "../../../src/identity/remembered.ts";
import { sealSession, SESSION_COOKIE } from "../../../src/identity/session-cookie.ts";
import { accessClaims, NOW_SECONDS, principalOf, RULES, SUB } from "./fixtures.ts";

let ports: AuthenticationPorts;
let token: string;
let cookie: string;
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const keyring = await makeKeyring(["s".repeat(32)]);
  ports = {
    rules: RULES,
    jwks: { key: async () => ok(publicKey) },
    keyring,
    remembered: { bearer: rememberedProofs(), cookie: rememberedProofs() },
  };
  token = await new SignJWT(accessClaims()).setProtectedHeader({ alg: "RS256", kid: "k" }).sign(privateKey);
  cookie = (await sealSession(keyring, principalOf())) ?? "";
});

const ask = async (headers: Record<string, string>) => authenticate(new Headers(headers), ports, NOW_SECONDS);
const refused = (reason: string) => ({ ok: false, error: { reason } });

describe("who sends a request", () => {
  it("is told by a bearer token, in any spelling of the scheme", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect(await ask({ Authorization: `${scheme} ${token}` })).toMatchObject({
        ok: true,
        value: { carrier: "bearer", principal: { sub: SUB } },
      });
    }
  });

  it("is told by a session cookie among others", async () => {
    expect(await ask({ Cookie: `a=1; ${SESSION_COOKIE}=${cookie}; b=2` })).toMatchObject({
      ok: true,
      value: { carrier: "cookie", principal: { sub: SUB } },
    });
  });

  it("is known at once the second time", async () => {
    await ask({ Authorization: `Bearer ${token}` });
    const again = authenticate(new Headers({ Authorization: `Bearer ${token}` }), ports, NOW_SECONDS);
    expect(again).not.toBeInstanceOf(Promise);
  });

  it("is nobody without a proof, and by a cookie that is not ours", async () => {
    for (const headers of [
      {},
      { Cookie: "a=1" },
      { Cookie: `${SESSION_COOKIE}=` },
      { Cookie: `${SESSION_COOKIE}=x` },
    ]) {
      expect(await ask(headers)).toEqual(refused("nobody"));
    }
    expect(await ask({ Authorization: "Basic YTpi" })).toEqual(refused("nobody"));
  });

  it("is not told by a cookie when a bearer token is there, bad or empty", async () => {
    for (const authorization of ["Bearer bad", "Bearer", "Bearer ", `Bearer ${token}, Bearer ${token}`]) {
      expect(await ask({ Authorization: authorization, Cookie: `${SESSION_COOKIE}=${cookie}` })).toEqual(
        refused("malformed"),
      );
    }
  });

  it("is not told by one kind of proof in the place of the other, remembered or not", async () => {
    await ask({ Authorization: `Bearer ${token}` });
    await ask({ Cookie: `${SESSION_COOKIE}=${cookie}` });
    expect(await ask({ Cookie: `${SESSION_COOKIE}=${token}` })).toEqual(refused("nobody"));
    expect(await ask({ Authorization: `Bearer ${cookie}` })).toEqual(refused("malformed"));
  });
});
