import { createHmac, randomUUID } from "node:crypto";
import * as OTPAuth from "otpauth";
import type { SeedUser } from "../seed.ts";
import { MAX_REMEMBERED_ACTIONS } from "./choices.ts";
import { TENANT_METHODS } from "./model.ts";
import type { ActionConfiguration, ActionKey, Authenticator, Method, TrackedAction, User } from "./model.ts";
import { seedConfigurations } from "./seed-rules.ts";

/** Everything the stand-in knows about users and actions, in memory. No method waits, so each is one atomic step. */
export class Store {
  readonly users = new Map<string, User>();
  readonly configurations = new Map<string, ActionConfiguration>();
  readonly #authenticators = new Map<string, Authenticator[]>();
  readonly #actions = new Map<string, TrackedAction>();
  /** Per user, the devices (undefined: not named) from which a challenge has succeeded. */
  readonly #verifiedFrom = new Map<string, Set<string | undefined>>();
  readonly #seedUsers: readonly SeedUser[];
  readonly #nowMs: () => number;

  constructor(seedUsers: readonly SeedUser[], nowMs: () => number) {
    this.#seedUsers = seedUsers;
    this.#nowMs = nowMs;
    this.reset();
  }

  /** The present as the API writes it. */
  now(): string {
    return new Date(this.#nowMs()).toISOString();
  }

  /** Forgets everything and begins again with the seed. */
  reset(): void {
    this.users.clear();
    this.configurations.clear();
    this.#authenticators.clear();
    this.#actions.clear();
    this.#verifiedFrom.clear();
    for (const configuration of seedConfigurations(this.#seedUsers)) {
      this.configurations.set(configuration.actionCode, configuration);
    }
    for (const seed of this.#seedUsers) {
      this.#plant(seed);
    }
  }

  /** The user, created when it is new: `track` and `updateUser` do that implicitly. */
  ensureUser(userId: string): User {
    const known = this.users.get(userId);
    if (known !== undefined) {
      return known;
    }
    const user: User = { userId, emailVerified: false, phoneNumberVerified: false };
    this.users.set(userId, user);
    return user;
  }

  /** Removes a user with authenticators and history. */
  deleteUser(userId: string): void {
    this.users.delete(userId);
    this.#authenticators.delete(userId);
    this.#verifiedFrom.delete(userId);
    for (const [key, action] of this.#actions) {
      if (action.userId === userId) {
        this.#actions.delete(key);
      }
    }
  }

  /** The user's authenticators, oldest first. */
  authenticatorsOf(userId: string): readonly Authenticator[] {
    return this.#authenticators.get(userId) ?? [];
  }

  /** The distinct methods the user has enrolled. */
  methodsOf(userId: string): Method[] {
    return [...new Set(this.authenticatorsOf(userId).map((one) => one.verificationMethod))];
  }

  addAuthenticator(
    userId: string,
    details: { verificationMethod: Method; email?: string; secret?: string; isDefault?: boolean },
  ): Authenticator {
    const others = this.#authenticators.get(userId) ?? [];
    const isDefault = details.isDefault ?? others.length === 0;
    if (isDefault) {
      for (const other of others) {
        other.isDefault = false;
      }
    }
    const now = this.now();
    const userAuthenticatorId = randomUUID();
    const authenticator = {
      userId,
      userAuthenticatorId,
      createdAt: now,
      verifiedAt: now,
      ...details,
      isDefault,
    };
    this.#authenticators.set(userId, [...others, authenticator]);
    return authenticator;
  }

  /** Removes and returns an authenticator, or nothing when the user has no such one. */
  removeAuthenticator(userId: string, userAuthenticatorId: string): Authenticator | undefined {
    const all = this.#authenticators.get(userId) ?? [];
    const removed = all.find((one) => one.userAuthenticatorId === userAuthenticatorId);
    const [first, ...others] = all.filter((one) => one !== removed);
    this.#authenticators.set(userId, first === undefined ? [] : [first, ...others]);
    if (first !== undefined && removed?.isDefault === true) {
      first.isDefault = true;
    }
    return removed;
  }

  /** The configuration of an action, created with the default ALLOW on first sight. */
  ensureConfiguration(actionCode: string): ActionConfiguration {
    const known = this.configurations.get(actionCode);
    if (known !== undefined) {
      return known;
    }
    const created: ActionConfiguration = {
      actionCode,
      defaultOutcome: "ALLOW",
      verificationMethods: TENANT_METHODS,
      rules: [],
    };
    this.configurations.set(actionCode, created);
    return created;
  }

  action(key: ActionKey): TrackedAction | undefined {
    return this.#actions.get(keyText(key));
  }

  /** Every remembered action, oldest first. */
  actions(): TrackedAction[] {
    return [...this.#actions.values()];
  }

  addAction(action: TrackedAction): void {
    const [oldest] = this.#actions.keys();
    if (oldest !== undefined && this.#actions.size >= MAX_REMEMBERED_ACTIONS) {
      this.#actions.delete(oldest);
    }
    this.#actions.set(keyText(action), action);
  }

  setActionState(action: TrackedAction, state: TrackedAction["state"]): void {
    action.state = state;
    action.stateUpdatedAt = this.now();
    if (state === "CHALLENGE_SUCCEEDED") {
      const devices = this.#verifiedFrom.get(action.userId) ?? new Set();
      this.#verifiedFrom.set(action.userId, devices.add(action.deviceId));
    }
  }

  /** Whether the user has ever succeeded in a challenge. */
  hasVerified(userId: string): boolean {
    return this.#verifiedFrom.has(userId);
  }

  /** Whether the user has succeeded in a challenge from this device. */
  isKnownDevice(userId: string, deviceId: string): boolean {
    return this.#verifiedFrom.get(userId)?.has(deviceId) === true;
  }

  /** Marks an action as challenged with success, by this authenticator. */
  succeed(action: TrackedAction, authenticator: Authenticator): void {
    this.setActionState(action, "CHALLENGE_SUCCEEDED");
    action.verificationMethod = authenticator.verificationMethod;
    action.verifiedByAuthenticatorId = authenticator.userAuthenticatorId;
    authenticator.lastVerifiedAt = action.stateUpdatedAt;
  }

  #plant(seed: SeedUser): void {
    this.users.set(seed.sub, {
      userId: seed.sub,
      email: seed.email,
      emailVerified: true,
      phoneNumberVerified: false,
      username: seed.username,
      displayName: seed.name,
    });
    for (const verificationMethod of seed.authenticators) {
      this.addAuthenticator(
        seed.sub,
        verificationMethod === "EMAIL_OTP"
          ? { verificationMethod, email: seed.email }
          : { verificationMethod, secret: seedSecret(seed.sub) },
      );
    }
  }
}

function keyText({ userId, actionCode, idempotencyKey }: ActionKey): string {
  return JSON.stringify([userId, actionCode, idempotencyKey]);
}

/** A seeded authenticator app keeps its secret over restarts, so that a real phone can be set up with it once. */
function seedSecret(userId: string): string {
  const bytes = createHmac("sha1", "seeded authenticator app").update(userId).digest();
  return new OTPAuth.Secret({ buffer: new Uint8Array(bytes).buffer }).base32;
}
