/** How much of something one source may do. */
export interface Limit {
  /** How many at once. */
  readonly burst: number;
  /** How long until one more is allowed. */
  readonly refillMs: number;
}

/** A token bucket as it was at a moment; plain data, to be kept. */
export interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** Whether one more is allowed, and how long to wait when it is not. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly retryAfterSeconds: number;
}

const MS_PER_SECOND = 1000;

/** Takes one from a bucket (a full one when there is none yet). A clock that went back fills nothing. */
export function takeOne(
  bucket: Bucket | undefined,
  { burst, refillMs }: Limit,
  nowMs: number,
): { readonly bucket: Bucket; readonly taken: Taken } {
  const before = bucket ?? { left: burst, atMs: nowMs };
  const refilled = Math.max(0, nowMs - before.atMs) / refillMs;
  const left = Math.min(burst, before.left + refilled);
  const atMs = Math.max(nowMs, before.atMs);
  if (left >= 1) {
    return { bucket: { left: left - 1, atMs }, taken: { isAllowed: true, retryAfterSeconds: 0 } };
  }
  const retryAfterSeconds = Math.max(1, Math.ceil(((1 - left) * refillMs) / MS_PER_SECOND));
  return { bucket: { left, atMs }, taken: { isAllowed: false, retryAfterSeconds } };
}

/** When a bucket is full again, and so need not be kept. */
export function fullAtMs({ left, atMs }: Bucket, { burst, refillMs }: Limit): number {
  return atMs + (burst - left) * refillMs;
}
