import { DurableObject } from "cloudflare:workers";
import { fullAtMs, takeOne, type Bucket, type Limit, type Taken } from "./bucket.ts";
import type { Limiter } from "./limiter-port.ts";

/**
 * Counts the sign-ins of one source in a Durable Object. The platform's rate limit counts per location and by the
 * minute, and whoever guesses passwords comes from many places and waits.
 */
export class SignInLimiter extends DurableObject implements Limiter {
  async take(limit: Limit): Promise<Taken> {
    const { bucket, taken } = takeOne(this.ctx.storage.kv.get<Bucket>("bucket"), limit, Date.now());
    this.ctx.storage.kv.put("bucket", bucket);
    await this.ctx.storage.setAlarm(fullAtMs(bucket, limit));
    return taken;
  }

  /** Full again: what was kept says nothing any more. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
