import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { makeKeyring } from "../src/http/keyring.ts";
import { parseSessionId, parseSub, type Principal } from "../src/identity/principal.ts";
import { sealSession, SESSION_COOKIE } from "../src/identity/session-cookie.ts";

/** Who sends the requests: users with a Cognito access token and a session cookie each. */
export interface Identities {
  readonly users: readonly User[];
  /** The document of the pool's keys. */
  readonly jwks: string;
  /** Makes access tokens of these users that were never sent before. */
  freshTokens(count: number): Promise<readonly string[]>;
  /** Tokens signed by the pool's key that nobody may pass with, and what is wrong with each. */
  wrongTokens(): Promise<readonly WrongToken[]>;
}

export interface WrongToken {
  readonly wrong: string;
  readonly token: string;
}

export interface User {
  readonly sub: string;
  readonly token: string;
  /** Name and value, as in a `Cookie` header. */
  readonly cookie: string;
}

export const ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Benchmark";
export const CLIENT_ID = "4s4llyp0rtb3nchm4rk0000001";

/** Few, so that what is measured is the request and not the ledger, which is read every few seconds for each. */
export const BENCH_USERS = 20;
const LIFE_SECONDS = 3600;
/** Beyond every peer's leeway. */
const LONG_AGO_SECONDS = 3600;
/** With these an access token has the 1.2 KB that is usual for a pool with groups (cognito.md 1.4). */
const GROUPS = [
  "customers",
  "premium",
  "eu-central",
  "beta-testers",
  "accounts-readers",
  "statements-readers",
];
const KID = "bench-key-1";

/** Makes the users, the pool's key and everything signed or sealed with it. */
export async function makeIdentities(sessionSecret: string, nowSeconds: number): Promise<Identities> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { modulusLength: 2048 });
  const keyring = await makeKeyring([sessionSecret]);
  const principals = Array.from({ length: BENCH_USERS }, () => makePrincipal(nowSeconds));

  function sign(
    principal: Principal,
    changes: Readonly<Record<string, unknown>> = {},
    key = privateKey,
  ): Promise<string> {
    return new SignJWT({
      sub: principal.sub,
      "cognito:groups": GROUPS,
      iss: ISSUER,
      version: 2,
      client_id: CLIENT_ID,
      origin_jti: principal.session,
      event_id: randomUUID(),
      token_use: "access",
      scope: "openid profile email aws.cognito.signin.user.admin",
      auth_time: principal.authTimeSeconds,
      exp: principal.expiresAtSeconds,
      iat: nowSeconds,
      jti: randomUUID(),
      username: principal.username,
      ...changes,
    })
      .setProtectedHeader({ kid: KID, alg: "RS256" })
      .sign(key);
  }

  const users = await Promise.all(
    principals.map(async (principal): Promise<User> => {
      const sealed = await sealSession(keyring, principal);
      return { sub: principal.sub, token: await sign(principal), cookie: `${SESSION_COOKIE}=${sealed}` };
    }),
  );
  const jwk = { ...(await exportJWK(publicKey)), kid: KID, alg: "RS256", use: "sig" };
  return {
    users,
    jwks: JSON.stringify({ keys: [jwk] }),
    freshTokens: (count) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          sign(principals[index % BENCH_USERS] ?? makePrincipal(nowSeconds)),
        ),
      ),
    async wrongTokens() {
      const principal = makePrincipal(nowSeconds);
      const { privateKey: foreign } = await generateKeyPair("RS256", { modulusLength: 2048 });
      return [
        { wrong: "another issuer", token: await sign(principal, { iss: `${ISSUER}x` }) },
        { wrong: "another client", token: await sign(principal, { client_id: `${CLIENT_ID}x` }) },
        { wrong: "another use", token: await sign(principal, { token_use: "id" }) },
        { wrong: "another key", token: await sign(principal, {}, foreign) },
        {
          wrong: "a time that is over",
          token: await sign(principal, { exp: nowSeconds - LONG_AGO_SECONDS }),
        },
      ];
    },
  };
}

function makePrincipal(nowSeconds: number): Principal {
  const sub = parseSub(randomUUID());
  const session = parseSessionId(randomUUID());
  if (sub === undefined || session === undefined) {
    throw new Error("a UUID is no longer a sub or a session id");
  }
  return {
    sub,
    session,
    authTimeSeconds: nowSeconds - 60,
    expiresAtSeconds: nowSeconds + LIFE_SECONDS,
    username: `user-${randomBytes(4).toString("hex")}`,
    email: "user@example.com",
    groups: GROUPS,
    scopes: [],
    claims: {},
  };
}
