import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { parseSessionId, parseSub, type Principal } from "../../../src/identity/principal.ts";
import { sealSession, SESSION_COOKIE } from "../../../src/identity/session-cookie.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import gateway from "../../../workers/gateway/index.ts";

const APP = "https://app.example.com";
const ADMIN_KEY = "k".repeat(40);
const SESSION_SECRET = "s".repeat(64);
const arrivals: string[] = [];

let settings: object;
beforeAll(async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  settings = {
    PUBLIC_ORIGINS: APP,
    ORIGIN_URL: "service:",
    COGNITO_ISSUER: "https://cognito.example.com",
    COGNITO_CLIENT_ID: "client",
    COGNITO_DOMAIN: "https://login.example.com",
    AUTHSIGNAL_URL: "https://authsignal.example.com/v1",
    AUTHSIGNAL_SECRET: "a-secret-of-this-test",
    SESSION_SECRET,
    ASSERTION_KEY: JSON.stringify(await exportJWK(privateKey)),
    ADMIN_KEY,
    ORIGIN: {
      fetch: async (input: RequestInfo) => {
        arrivals.push(new Request(input).url);
        return new Response("ok");
      },
    },
  };
});
beforeEach(() => {
  arrivals.length = 0;
  vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

async function newPrincipal(): Promise<Principal> {
  const [sub, session] = [parseSub(crypto.randomUUID()), parseSessionId(crypto.randomUUID())];
  if (sub === undefined || session === undefined) {
    throw new Error("a UUID names both");
  }
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    sub,
    session,
    username: "ada",
    email: undefined,
    groups: [],
    scopes: [],
    claims: {},
    authTimeSeconds: nowSeconds - 60,
    expiresAtSeconds: nowSeconds + 3600,
  };
}

/** The whole Worker, with the bindings as they are given. */
async function ask(principal: Principal, method: string, path: string, bindings: object = {}) {
  const cookie = await sealSession(await makeKeyring([SESSION_SECRET]), principal);
  const context = createExecutionContext();
  const request = new Request<unknown, IncomingRequestCfProperties>(APP + path, {
    method,
    headers: {
      Cookie: `${SESSION_COOKIE}=${cookie}`,
      Authorization: path.includes("/admin/") ? `Bearer ${ADMIN_KEY}` : "",
      Origin: APP,
      "Sec-Fetch-Site": "same-origin",
      "Sec-Fetch-Mode": "cors",
      "Content-Type": "application/json",
    },
    body: method === "POST" ? '{"amount":1500,"payee":"Marina"}' : null,
    redirect: "manual",
  });
  // What the runtime hands over, with the settings of this test.
  const answer = await gateway.fetch(request, { ...env, ...settings, ...bindings }, context);
  await waitOnExecutionContext(context);
  const isProblem = answer.headers.get("content-type") === "application/problem+json";
  const code = isProblem ? (await answer.json<{ code: string }>()).code : await answer.text();
  return { status: answer.status, code, retryAfter: answer.headers.get("retry-after") };
}

/** Makes every statement on the ledger's tables fail, as a damaged or full disk does. */
function breakStorage({ sub }: Principal): Promise<void> {
  return runInDurableObject(env.LEDGER.getByName(sub), (_: Ledger, { storage }) => {
    for (const table of ["revocation", "session", "challenge", "grant_given"]) {
      storage.sql.exec(`ALTER TABLE ${table} RENAME TO away_${table}`);
    }
  });
}

/** A namespace whose objects the platform cannot reach. */
const unreachable = (marks: object) => ({
  LEDGER: {
    getByName: () =>
      new Proxy(
        {},
        { get: () => () => Promise.reject(Object.assign(new Error("Network connection lost."), marks)) },
      ),
  },
});

describe("a ledger that fails", () => {
  const places = [
    ["POST", "/transfer"],
    ["GET", "/account"],
    ["GET", "/.sallyport/session"],
    ["GET", "/.sallyport/sessions"],
    ["DELETE", "/.sallyport/sessions/others"],
    ["GET", "/.sallyport/challenges/0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11"],
    ["DELETE", "/.sallyport/admin/users/someone-else/sessions"],
  ] as const;

  it.each(places)("lets nothing through and says so: %s %s, its storage broken", async (method, path) => {
    const principal = await newPrincipal();
    await breakStorage(principal);
    const where = path.replace("someone-else", principal.sub);
    expect(await ask(principal, method, where)).toEqual({
      status: 503,
      code: "ledger_unavailable",
      retryAfter: expect.stringMatching(/^\d+$/),
    });
    expect(arrivals).toEqual([]);
  });

  it.each(
    places.flatMap(([method, path]) =>
      [{ retryable: true }, { overloaded: true }, { durableObjectReset: true }].map(
        (marks) => [method, path, marks] as const,
      ),
    ),
  )("lets nothing through and says so: %s %s, %j", async (method, path, marks) => {
    const answer = await ask(await newPrincipal(), method, path, unreachable(marks));
    expect([answer.status, answer.code]).toEqual([503, "ledger_unavailable"]);
    expect(arrivals).toEqual([]);
  });

  it("is what stops them: with a ledger that answers they go on", async () => {
    const principal = await newPrincipal();
    expect((await ask(principal, "GET", "/account")).status).toBe(200);
    expect((await ask(principal, "GET", "/.sallyport/sessions")).status).toBe(200);
    expect(arrivals).toEqual([`${APP}/account`]);
  });
});
