/** How many questions in a row must fail before no more are asked. */
const FAILURES_TO_OPEN = 5;
/** How long nothing is asked then. Short: a sensitive route is closed for everybody meanwhile. */
const PAUSE_MS = 1_000;

/** Decides whether a service in trouble is asked at all. */
export interface Breaker {
  /** Whether a question may be asked now. While open, one question per pause may: it finds out. */
  admits(nowMs: number): boolean;
  /** What became of a question. One good answer closes the breaker at once. */
  note(outcome: "answered" | "failed", nowMs: number): void;
}

/**
 * A circuit breaker (design decision 12): after five failures in a row nothing is asked for a second, so that nobody
 * waits for a deadline that is known to pass, and a service that recovers is not run over. Then one question goes as a
 * probe. It counts and compares times, nothing else: nothing of one request is ever waited for by another.
 *
 * @param probeMs how long a probe may stay without an outcome before the next one goes: its request may be gone.
 */
export function circuitBreaker(probeMs: number): Breaker {
  let failures = 0;
  let nextProbeAtMs = 0;
  return {
    admits(nowMs) {
      if (failures < FAILURES_TO_OPEN) {
        return true;
      }
      if (nowMs < nextProbeAtMs) {
        return false;
      }
      nextProbeAtMs = nowMs + probeMs;
      return true;
    },
    note(outcome, nowMs) {
      failures = outcome === "answered" ? 0 : failures + 1;
      nextProbeAtMs = nowMs + PAUSE_MS;
    },
  };
}
