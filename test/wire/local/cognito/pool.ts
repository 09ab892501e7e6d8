import { createHash, randomBytes } from "node:crypto";
import {
  type CognitoOptions,
  type CognitoStandIn,
  startCognito,
} from "../../../../workers/local/cognito/start.ts";
import { SEED_USERS } from "../../../../workers/local/seed.ts";

export const CLIENT_ID = "sallyportdemo0client";
export const CALLBACK = "http://app.localhost:8080/.sallyport/callback";
export const SIGNED_OUT = "http://app.localhost:8080/.sallyport/signed-out";
export const ALICE = {
  username: "alice",
  password: "Correct-Horse-1",
  sub: "a11ce000-5a11-4b0f-8000-000000000001",
};

/** A pool on a free port with the demo users; alice is in two groups. */
export function startPool(overrides: Partial<CognitoOptions> = {}): Promise<CognitoStandIn> {
  return startCognito({
    port: 0,
    users: SEED_USERS.map((user) =>
      user.username === "alice" ? { ...user, groups: ["staff", "tellers"] } : user,
    ),
    userPoolId: "us-east-1_Sallyport1",
    clientId: CLIENT_ID,
    callbackUrls: [CALLBACK],
    logoutUrls: [SIGNED_OUT],
    ...overrides,
  });
}

/** A clock that stands still until it is moved. */
export function heldClock(): { now(): number; advanceSeconds(seconds: number): void } {
  let nowMs = Date.now();
  return {
    now: () => nowMs,
    advanceSeconds: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

/** A PKCE pair (RFC 7636). */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** Parameters of a plain authorize request; `undefined` takes one away. */
export function authorizeParams(changes: Readonly<Record<string, string | undefined>> = {}): URLSearchParams {
  const base = {
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: CALLBACK,
    scope: "openid email",
    state: "st",
  };
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...base, ...changes })) {
    if (value !== undefined) {
      params.set(name, value);
    }
  }
  return params;
}

/** As much of a browser as sign-in needs: it keeps cookies and does not follow redirects by itself. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Cookie", [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/;\s*Max-Age=0/i.test(line)) {
        this.#cookies.delete(name);
      } else {
        this.#cookies.set(name, value);
      }
    }
    return response;
  }

  /** `GET /oauth2/authorize`. */
  authorize(pool: CognitoStandIn, params: URLSearchParams): Promise<Response> {
    return this.request(`${pool.domain}/oauth2/authorize?${params.toString()}`);
  }

  /** Opens the login page with these parameters, types and submits. */
  async login(
    pool: CognitoStandIn,
    params: URLSearchParams,
    typed: { readonly username: string; readonly password: string } = ALICE,
  ): Promise<Response> {
    const address = `${pool.domain}/login?${params.toString()}`;
    const page = await (await this.request(address)).text();
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const body = new URLSearchParams({ username: typed.username, password: typed.password, _csrf: csrf });
    return this.request(address, { method: "POST", body });
  }
}

/** The parameters that a redirect takes to the app. Fails when the response is not such a redirect. */
export function answerOf(response: Response): URLSearchParams {
  const location = response.headers.get("Location") ?? "";
  if (response.status !== 302 || !location.startsWith(`${CALLBACK}?`)) {
    throw new Error(`not a redirect to the app: ${response.status} ${location}`);
  }
  return new URL(location).searchParams;
}

/** Signs in with a browser and gives the code. */
export async function codeFor(
  pool: CognitoStandIn,
  changes: Readonly<Record<string, string | undefined>> = {},
  browser = new Browser(),
): Promise<string> {
  const answer = answerOf(await browser.login(pool, authorizeParams(changes)));
  return answer.get("code") ?? "";
}

/** `POST /oauth2/token` as the public client; `undefined` takes a parameter away. */
export function postToken(
  pool: CognitoStandIn,
  params: Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries({ client_id: CLIENT_ID, ...params })) {
    if (value !== undefined) {
      body.set(name, value);
    }
  }
  return fetch(`${pool.domain}/oauth2/token`, { method: "POST", body, headers });
}

/** Tokens as `/oauth2/token` gives them. */
export interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** Signs in and redeems the code. */
export async function tokensFor(
  pool: CognitoStandIn,
  changes: Readonly<Record<string, string | undefined>> = {},
  browser = new Browser(),
): Promise<Tokens> {
  const code = await codeFor(pool, changes, browser);
  const response = await postToken(pool, { grant_type: "authorization_code", code, redirect_uri: CALLBACK });
  // The shape is what the tests of the endpoint check.
  return (await response.json()) as Tokens;
}

/** A user pool API call. */
export async function callApi(
  pool: CognitoStandIn,
  operation: string,
  input: unknown,
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(pool.api, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: typeof input === "string" ? input : JSON.stringify(input),
  });
  // Every answer of the API is a JSON object.
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
