import { BoundedMap } from "./bounded-map.ts";
import { MAX_REMEMBERED_USERS } from "./choices.ts";
import type { Method, TrackedAction } from "./model.ts";

/** How many devices, addresses and countries of one user are remembered. */
const MAX_REMEMBERED_PLACES = 50;

/** A device from which a user has succeeded in a challenge. */
export interface Device {
  readonly deviceId: string;
  readonly createdAt: string;
  authenticatedAt: string;
  lastVerificationMethod?: Method | undefined;
  invalidatedAt?: string | undefined;
  name?: string | undefined;
}

/** From where a user has succeeded in challenges. */
export interface Past {
  readonly userId: string;
  readonly lastVerifiedAtMs: number;
  readonly lastCountryCode?: string | undefined;
  readonly devices: readonly Device[];
  readonly ipAddresses: readonly string[];
  readonly countryCodes: readonly string[];
}

/** What rules can ask about earlier challenges of a user. */
export class History {
  readonly #pasts = new BoundedMap<Past>(MAX_REMEMBERED_USERS);

  of(userId: string): Past | undefined {
    return this.#pasts.get(userId);
  }

  /** Every device that was ever used, the invalidated ones too. */
  devicesOf(userId: string): readonly Device[] {
    return this.of(userId)?.devices ?? [];
  }

  /** Whether a challenge has succeeded from this device, which was not invalidated since. */
  knows(userId: string, deviceId: string): boolean {
    return this.devicesOf(userId).some((one) => one.deviceId === deviceId && one.invalidatedAt === undefined);
  }

  /** Remembers a challenge that succeeded. */
  add(action: TrackedAction, nowMs: number): void {
    const { userId, deviceId, ipAddress, countryCode } = action;
    const past = this.of(userId);
    this.#pasts.set(userId, {
      userId,
      lastVerifiedAtMs: nowMs,
      // An action without an address says nothing about where its user is.
      lastCountryCode: countryCode ?? past?.lastCountryCode,
      devices:
        deviceId === undefined
          ? (past?.devices ?? [])
          : withDevice(past?.devices ?? [], deviceId, action, nowMs),
      ipAddresses: withNewest(past?.ipAddresses, ipAddress),
      countryCodes: withNewest(past?.countryCodes, countryCode),
    });
  }

  forget(userId: string): void {
    this.#pasts.delete(userId);
  }

  clear(): void {
    this.#pasts.clear();
  }

  save(): readonly Past[] {
    return this.#pasts.values();
  }

  load(saved: readonly Past[]): void {
    this.clear();
    for (const past of saved) {
      this.#pasts.set(past.userId, past);
    }
  }
}

function withDevice(
  devices: readonly Device[],
  deviceId: string,
  { verificationMethod }: TrackedAction,
  nowMs: number,
): readonly Device[] {
  const now = new Date(nowMs).toISOString();
  const known = devices.find((one) => one.deviceId === deviceId);
  const device: Device = {
    ...(known ?? { deviceId, createdAt: now }),
    authenticatedAt: now,
    lastVerificationMethod: verificationMethod,
    invalidatedAt: undefined,
  };
  return [...devices.filter((one) => one !== known), device].slice(-MAX_REMEMBERED_PLACES);
}

function withNewest(known: readonly string[] = [], value: string | undefined): readonly string[] {
  return value === undefined
    ? known
    : [...known.filter((one) => one !== value), value].slice(-MAX_REMEMBERED_PLACES);
}
