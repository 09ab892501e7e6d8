import type { QueuedMessage } from "./consume.ts";

/** The longest that a queue lets a message wait (Cloudflare Queues, `delaySeconds`). */
const LONGEST_WAIT_SECONDS = 24 * 3600;

const MISCONFIGURED_FIRST_SECONDS = 1;
const MISCONFIGURED_FACTOR = 15;

const BURIAL_FIRST_SECONDS = 60;
const BURIAL_FACTOR = 2;
const BURIAL_LONGEST_SECONDS = 4 * 3600;

/**
 * How long an event waits for a policy that can be used, or a setting to be right: a second, after which a policy
 * is read again that could not be, 15 s, 4 and 56 minutes, 14 hours. The five retries (`max_retries` in wrangler.toml) are then
 * over after 15 hours.
 *
 * @param attempts the tries so far, from 1.
 */
export function misconfiguredRetrySeconds(attempts: number): number {
  const seconds = MISCONFIGURED_FIRST_SECONDS * MISCONFIGURED_FACTOR ** (attempts - 1);
  return Math.min(seconds, LONGEST_WAIT_SECONDS);
}

/**
 * How long a dead letter waits that could not be kept or alerted of: a minute, twice as long each time, four hours at
 * most. Nothing comes after its queue, so the hundred retries take two weeks, which is the longest that a queue can be
 * told to keep a message; it keeps one for four days unless told otherwise.
 *
 * @param attempts the tries so far, from 1.
 */
export function burialRetrySeconds(attempts: number): number {
  return Math.min(BURIAL_FIRST_SECONDS * BURIAL_FACTOR ** (attempts - 1), BURIAL_LONGEST_SECONDS);
}

/** Has every message tried again, each after the wait that its own tries call for; what was answered before stays so. */
export function putOff(
  messages: readonly Pick<QueuedMessage, "attempts" | "retry">[],
  waitSeconds: (attempts: number) => number,
): void {
  for (const message of messages) {
    message.retry({ delaySeconds: waitSeconds(message.attempts) });
  }
}
