import { Authsignal } from "@authsignal/node";
import type { TrackResponse } from "@authsignal/node";
import { startAuthsignal } from "../../../../workers/local/authsignal/start.ts";
import type { AuthsignalOptions, AuthsignalStandIn } from "../../../../workers/local/authsignal/start.ts";
import { SEED_USERS } from "../../../../workers/local/seed.ts";
import type { SeedUser } from "../../../../workers/local/seed.ts";

export const SECRET_KEY = "wire-test-secret-key";
export const TENANT_ID = "wire-test-tenant";
export const REDIRECT_URL = "http://app.localhost/back?keep=1";

export interface World {
  readonly standIn: AuthsignalStandIn;
  readonly sdk: Authsignal;
  /** Moves the stand-in's clock. */
  readonly passTime: (minutes: number) => void;
}

/** A stand-in on a free port, with the real SDK pointed at it and a clock that only tests move ahead. */
export async function startWorld(options: Partial<AuthsignalOptions> = {}): Promise<World> {
  let aheadMs = 0;
  const standIn = await startAuthsignal({
    port: 0,
    secretKey: SECRET_KEY,
    tenantId: TENANT_ID,
    users: SEED_USERS,
    nowMs: () => Date.now() + aheadMs,
    ...options,
  });
  const sdk = new Authsignal({ apiSecretKey: SECRET_KEY, apiUrl: `${standIn.url}/v1`, retries: 0 });
  return {
    standIn,
    sdk,
    passTime: (minutes) => {
      aheadMs += minutes * 60_000;
    },
  };
}

export function seedUser(username: string): SeedUser {
  const user = SEED_USERS.find((one) => one.username === username);
  if (user === undefined) {
    throw new Error(`no seed user ${username}`);
  }
  return user;
}

/** Tracks a transfer by a seeded user. */
export function trackTransfer({ sdk }: World, username: string, amount: number): Promise<TrackResponse> {
  return sdk.track({
    userId: seedUser(username).sub,
    action: "transfer",
    attributes: { redirectUrl: REDIRECT_URL, custom: { amount, payee: "Dora" } },
  });
}

/** The codes that were sent to an address, newest first. */
export async function codesFor({ standIn }: World, to: string): Promise<string[]> {
  const response = await fetch(`${standIn.url}/control/inbox?to=${encodeURIComponent(to)}`);
  const messages = (await response.json()) as { code: string }[]; // the documented shape
  return messages.map((message) => message.code);
}

/** The newest code that was sent to an address. */
export async function newestCode(world: World, to: string): Promise<string> {
  const [code] = await codesFor(world, to);
  if (code === undefined) {
    throw new Error(`nothing was sent to ${to}`);
  }
  return code;
}

/** Tells the stand-in's control API something; the answer as JSON, or nothing when it has no body. */
export async function steer(
  { standIn }: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${standIn.url}/control/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} /control/${path}: ${response.status} ${text}`);
  }
  return text === "" ? undefined : JSON.parse(text);
}

/** Calls the server API without the SDK. */
export function callApi({ standIn }: World, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${standIn.url}/v1${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${SECRET_KEY}:`)}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A six-digit code that is not the given one. */
export function otherCode(code: string): string {
  return code === "000000" ? "000001" : "000000";
}
