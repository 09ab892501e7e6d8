import type { Challenge } from "./api.ts";

/** A challenge that the gateway answered with. */
export interface Offer {
  readonly challenge: Challenge;
  /** Whether completing it lets other requests of the same action through as well (`fresh` in the policy). */
  readonly isShared: boolean;
  /** Is aborted when the challenge has expired. */
  readonly expiry: AbortSignal;
}

const MS_PER_SECOND = 1000;

const ID = /^[\da-f-]{36}$/;

/** Reads the challenge out of an answer of the gateway's; nothing, when it is any other answer. */
export async function offerOf(answer: Response, gateway: string): Promise<Offer | undefined> {
  const { status, headers, url } = answer;
  if (
    (status !== 401 && status !== 403) ||
    headers.get("content-type") !== "application/problem+json" ||
    new URL(url).origin !== gateway
  ) {
    return undefined;
  }
  try {
    // Read as the gateway documents it (docs/openapi.json); what must hold for safety is checked below.
    const { code, challenge } = (await answer.clone().json()) as { code: string; challenge?: Challenge };
    if (code !== "step_up_required" || challenge === undefined || !ID.test(challenge.id)) {
      return undefined;
    }
    if (!/^https?:/.test(new URL(challenge.url).protocol)) {
      return undefined;
    }
    const maxAge = /\bmax_age=(\d+)/.exec(headers.get("www-authenticate") ?? "")?.[1];
    const expiry = AbortSignal.timeout(challenge.expiresIn * MS_PER_SECOND);
    return { challenge, expiry, isShared: challenge.kind === "step-up" && Number(maxAge ?? 0) > 0 };
  } catch {
    return undefined;
  }
}
