import { readBounded } from "../http/body.ts";
import { fail, ok, type Result } from "../http/result.ts";

/** Finds the public key of a `kid`. */
export interface JwksSource {
  key(kid: string): Promise<Result<CryptoKey, KeyProblem>>;
}

/** `unknown_kid` is the token's fault (401); `keys_unavailable` is ours or Cognito's (503, design decision 4). */
export type KeyProblem = { readonly reason: "unknown_kid" } | { readonly reason: "keys_unavailable" };

export interface JwksOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** The clock, in milliseconds. */
  readonly now: () => number;
}

/** How long fetched keys are used without asking again. */
const FRESH_MS = 10 * 60_000;
/** An unknown `kid` causes at most one fetch in this time: attackers can send random ones. */
const REFETCH_PAUSE_MS = 10_000;
/** After a failed fetch, wait this long before the next, whatever comes in. */
const FAILURE_PAUSE_MS = 2_000;
const FETCH_TIMEOUT_MS = 3_000;
const MAX_DOCUMENT_BYTES = 64 * 1024;

/**
 * A JWKS over HTTP: fetched when first needed, at most once at a time within a request's reach, again for an unknown
 * `kid` at most every ten seconds, and kept in use when the endpoint is down (design decision 4).
 *
 * A promise made in one request must not be awaited in another (workers.md 1.3), so concurrent cold requests each
 * fetch once; a failure pauses all of them.
 */
export function remoteJwks(options: JwksOptions): JwksSource {
  let keys = new Map<string, CryptoKey>();
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let lastTryFailed = false;

  async function refresh(): Promise<boolean> {
    triedAtMs = options.now();
    try {
      keys = await fetchKeys(options);
      fetchedAtMs = options.now();
      lastTryFailed = false;
      return true;
    } catch {
      lastTryFailed = true; // the last good keys stay in use
      return false;
    }
  }

  return {
    async key(kid) {
      const nowMs = options.now();
      const pauseMs = lastTryFailed ? FAILURE_PAUSE_MS : REFETCH_PAUSE_MS;
      const mayTry = nowMs - triedAtMs >= pauseMs || triedAtMs === Number.NEGATIVE_INFINITY;
      const stale = nowMs - fetchedAtMs >= FRESH_MS;
      if (mayTry && (stale || !keys.has(kid))) {
        await refresh();
      }
      const key = keys.get(kid);
      if (key !== undefined) {
        return ok(key);
      }
      // Without keys nothing can be said of the token. While the first fetch of another request is still under
      // way there are none either: this request then fetches for itself rather than blame the token.
      if (keys.size === 0 && !lastTryFailed && !mayTry) {
        await refresh();
        const found = keys.get(kid);
        return found === undefined
          ? fail({ reason: keys.size === 0 ? "keys_unavailable" : "unknown_kid" })
          : ok(found);
      }
      return fail({ reason: keys.size === 0 || lastTryFailed ? "keys_unavailable" : "unknown_kid" });
    },
  };
}

async function fetchKeys(options: JwksOptions): Promise<Map<string, CryptoKey>> {
  const response = await options.fetch(options.url, {
    headers: { Accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (response.status !== 200) {
    throw new Error(`the JWKS endpoint answered ${response.status}`);
  }
  const bytes = await readBounded(response, MAX_DOCUMENT_BYTES);
  if (bytes === undefined) {
    throw new Error("the JWKS is too large");
  }
  const { readKeys } = await import("./jwks-document.ts");
  return readKeys(JSON.parse(new TextDecoder().decode(bytes)));
}
