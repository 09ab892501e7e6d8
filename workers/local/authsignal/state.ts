import { randomUUID } from "node:crypto";
import type { SeedUser } from "../seed.ts";
import { ActionLog } from "./action-log.ts";
import { MAX_REMEMBERED_CONFIGURATIONS, MAX_REMEMBERED_USERS } from "./choices.ts";
import { History } from "./history.ts";
import type { Past } from "./history.ts";
import { TENANT_METHODS } from "./model.ts";
import type { ActionConfiguration, ActionKey, Authenticator, Method, TrackedAction, User } from "./model.ts";
import { seedConfigurations } from "./seed-rules.ts";
import { seedSecret } from "./seed-secret.ts";

/** What an authenticator is made of; its id is random unless it was promised before. */
export type AuthenticatorDetails = Pick<Authenticator, "verificationMethod"> &
  Partial<
    Pick<
      Authenticator,
      "userAuthenticatorId" | "email" | "phoneNumber" | "secret" | "lastTimeStep" | "credential" | "isDefault"
    >
  >;

export interface SavedStore {
  readonly users: readonly User[];
  readonly configurations: readonly ActionConfiguration[];
  readonly authenticators: readonly Authenticator[];
  readonly actions: readonly TrackedAction[];
  readonly history: readonly Past[];
}

/** Everything the stand-in knows about users and actions, in memory. No method waits, so each is one atomic step. */
export class Store {
  readonly users = new Map<string, User>();
  readonly configurations = new Map<string, ActionConfiguration>();
  readonly #authenticators = new Map<string, Authenticator[]>();
  readonly #actions = new ActionLog();
  /** Where users have succeeded in challenges. */
  readonly history = new History();
  readonly #seedUsers: readonly SeedUser[];
  readonly #seedConfigurations: readonly ActionConfiguration[] | undefined;
  readonly #nowMs: () => number;

  constructor(
    seedUsers: readonly SeedUser[],
    nowMs: () => number,
    configurations?: readonly ActionConfiguration[],
  ) {
    this.#seedUsers = seedUsers;
    this.#nowMs = nowMs;
    this.#seedConfigurations = configurations;
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
    this.history.clear();
    for (const configuration of this.#seedConfigurations ?? seedConfigurations(this.#seedUsers)) {
      this.configurations.set(configuration.actionCode, {
        ...configuration,
        rules: [...configuration.rules],
      });
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
    this.#makeRoomForUser();
    this.users.set(userId, user);
    return user;
  }

  /** Removes a user with authenticators and history. */
  deleteUser(userId: string): void {
    this.users.delete(userId);
    this.#authenticators.delete(userId);
    this.history.forget(userId);
    this.#actions.removeOf(userId);
  }

  /** The user's authenticators, oldest first. */
  authenticatorsOf(userId: string): readonly Authenticator[] {
    return this.#authenticators.get(userId) ?? [];
  }

  /** The distinct methods the user has enrolled. */
  methodsOf(userId: string): Method[] {
    return [...new Set(this.authenticatorsOf(userId).map((one) => one.verificationMethod))];
  }

  addAuthenticator(userId: string, details: AuthenticatorDetails): Authenticator {
    const others = this.#authenticators.get(userId) ?? [];
    const isDefault = details.isDefault ?? others.length === 0;
    if (isDefault) {
      for (const other of others) {
        other.isDefault = false;
      }
    }
    const now = this.now();
    const authenticator = {
      userId,
      userAuthenticatorId: randomUUID(),
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

  /** Makes the user's first authenticator of a method the default one. False: there is none. */
  setDefaultMethod(userId: string, method: Method): boolean {
    const all = this.authenticatorsOf(userId);
    const chosen = all.find((one) => one.verificationMethod === method);
    for (const one of chosen === undefined ? [] : all) {
      one.isDefault = one === chosen;
    }
    return chosen !== undefined;
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
    if (this.configurations.size >= MAX_REMEMBERED_CONFIGURATIONS) {
      const unused = [...this.configurations.values()].find(({ rules }) => rules.length === 0);
      this.configurations.delete(unused?.actionCode ?? "");
    }
    this.configurations.set(actionCode, created);
    return created;
  }

  action(key: ActionKey): TrackedAction | undefined {
    return this.#actions.get(key);
  }

  /** Every remembered action, oldest first. */
  actions(): TrackedAction[] {
    return this.#actions.all();
  }

  /** Called with every action that is tracked. */
  onTracked: (action: TrackedAction) => void = () => undefined;

  addAction(action: TrackedAction): void {
    this.#actions.add(action);
    this.onTracked(action);
  }

  setActionState(action: TrackedAction, state: TrackedAction["state"]): void {
    action.state = state;
    action.stateUpdatedAt = this.now();
    if (state === "CHALLENGE_SUCCEEDED") {
      this.history.add(action, this.#nowMs());
    }
  }

  /** Marks an action as challenged with success, by this authenticator. */
  succeed(action: TrackedAction, authenticator: Authenticator): void {
    action.verificationMethod = authenticator.verificationMethod;
    action.verifiedByAuthenticatorId = authenticator.userAuthenticatorId;
    this.setActionState(action, "CHALLENGE_SUCCEEDED");
    authenticator.lastVerifiedAt = action.stateUpdatedAt;
  }

  /** Everything, for a file. */
  save(): SavedStore {
    return {
      users: [...this.users.values()],
      configurations: [...this.configurations.values()],
      authenticators: [...this.#authenticators.values()].flat(),
      actions: this.actions(),
      history: this.history.save(),
    };
  }

  /** Forgets everything and takes over what was saved. */
  load(saved: SavedStore): void {
    this.users.clear();
    this.configurations.clear();
    this.#authenticators.clear();
    this.#actions.clear();
    for (const user of saved.users) {
      this.users.set(user.userId, user);
    }
    for (const configuration of saved.configurations) {
      this.configurations.set(configuration.actionCode, configuration);
    }
    for (const authenticator of saved.authenticators) {
      const others = this.#authenticators.get(authenticator.userId) ?? [];
      this.#authenticators.set(authenticator.userId, [...others, authenticator]);
    }
    for (const action of saved.actions) {
      this.#actions.add(action);
    }
    this.history.load(saved.history);
  }

  /** Of too many users, the one that is oldest and has no authenticator is forgotten. */
  #makeRoomForUser(): void {
    if (this.users.size < MAX_REMEMBERED_USERS) {
      return;
    }
    for (const userId of this.users.keys()) {
      if (this.authenticatorsOf(userId).length === 0) {
        this.users.delete(userId);
        return;
      }
    }
    const [oldest = ""] = this.users.keys();
    this.deleteUser(oldest);
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
