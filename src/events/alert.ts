import type { Sub } from "../identity/principal.ts";

/** What is posted to the alert URL. No code, address or credential is in it. */
export interface Alert {
  /** The same however often the alert comes, also sent as `Idempotency-Key`: alerts arrive at least once. */
  readonly id: string;
  /** The type of the event, such as `authenticator.deleted`. */
  readonly type: string;
  readonly sub: Sub | undefined;
  /** The id of the policy's reaction. */
  readonly reaction: string;
  /** When it happened, by Authsignal's clock. */
  readonly at: string;
  readonly summary: string;
}

/** Sends one alert. Rejects when it did not arrive, with nothing in the message but the reason. */
export type SendAlert = (alert: Alert) => Promise<void>;

export interface AlertOptions {
  readonly url: string;
  /** Sent as bearer token. */
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
}

const DEADLINE_MS = 5_000;
/** After one that took too long. */
const PAUSE_MS = 30_000;
/** Some hundred bytes each. */
const REMEMBERED_ALERTS = 1_000;

/**
 * Posts alerts as JSON. Redirects are failures: the token goes to the configured place only.
 * An alert that arrived is not posted again while this isolate remembers it; a repetition elsewhere carries the same id.
 * After one that found nobody within its time, others fail at once for a while: events wait for each other's alerts, and
 * some of them have users to sign out.
 */
export function alertSender(options: AlertOptions): SendAlert {
  const arrived = new Set<string>();
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  return async (alert) => {
    if (arrived.has(alert.id)) {
      return;
    }
    if (options.nowMs() < pausedUntilMs) {
      throw new Error("the alert URL did not answer a moment ago");
    }
    try {
      await post(alert, options);
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") {
        pausedUntilMs = options.nowMs() + PAUSE_MS;
      }
      throw error;
    }
    arrived.add(alert.id);
    for (const oldest of arrived) {
      if (arrived.size <= REMEMBERED_ALERTS) {
        break;
      }
      arrived.delete(oldest);
    }
  };
}

async function post(alert: Alert, options: AlertOptions): Promise<void> {
  const response = await options.fetch(options.url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Idempotency-Key": alert.id,
      ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
    },
    body: JSON.stringify(alert),
    redirect: "manual",
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  await response.body?.cancel();
  if (!response.ok) {
    throw new Error(`the alert URL answered ${response.status}`);
  }
}
