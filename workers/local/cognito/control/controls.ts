import type { AppClient } from "../clients.ts";
import type { Faults } from "../faults.ts";
import type { Pool } from "../pool.ts";
import type { PoolSettings } from "../settings.ts";
import type { TriggerOptions } from "../triggers/targets.ts";

/** What tests and the curious do to the stand-in itself. */
export interface Controls {
  readonly pool: Pool;
  readonly faults: Faults;
  /** How far the pool's clock is ahead of the real one. */
  readonly clockShiftSeconds: () => number;
  shiftClock(seconds: number): void;
  changeSettings(changes: Partial<PoolSettings>): void;
  changeClient(client: AppClient, changes: Partial<AppClient>): void;
  setTriggers(triggers: TriggerOptions): void;
  /** Back to the seed: users, groups, sessions, messages, settings, triggers, clock and faults. Keys stay. */
  reset(): void;
}
