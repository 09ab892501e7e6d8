import type { Limit, Taken } from "./bucket.ts";

/** One source's count, wherever in the world its requests arrive. */
export interface Limiter {
  take(limit: Limit): Promise<Taken>;
}

/** The limiter of a source; names are digests, so that no user name is kept. */
export type LimiterOf = (name: string) => Limiter;
