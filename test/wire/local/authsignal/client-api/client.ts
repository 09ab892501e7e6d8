import type { TrackResponse } from "@authsignal/node";
import { seedUser, TENANT_ID } from "../harness.ts";
import type { World } from "../harness.ts";

/** The headers of the browser SDK for a token, or for the tenant alone. */
export function clientHeaders(token?: string): Record<string, string> {
  return {
    "content-type": "application/json",
    authorization: token === undefined ? `Basic ${btoa(encodeURIComponent(TENANT_ID))}` : `Bearer ${token}`,
  };
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Calls an endpoint of the client API; without a token as the tenant. */
export async function call(world: World, path: string, token?: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${world.standIn.url}/v1/client/${path}`, {
    method: "POST",
    headers: clientHeaders(token),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // Every answer of the client API is a JSON object.
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Tracks an action that nobody configured: every method of the tenant is allowed, and nothing is challenged. */
export function trackFree(
  { sdk }: World,
  username: string,
  attributes: NonNullable<Parameters<World["sdk"]["track"]>[0]["attributes"]> = {},
): Promise<TrackResponse> {
  return sdk.track({ userId: seedUser(username).sub, action: "free", attributes });
}

/** What the server would be told about a token. */
export function validate(world: World, token: unknown): ReturnType<World["sdk"]["validateChallenge"]> {
  return world.sdk.validateChallenge({ token: String(token), action: "free" });
}
