import { DEFAULT_TRACK_TOKEN_MINUTES } from "./choices.ts";
import type { IpRange } from "./ip-facts.ts";
import { TENANT_METHODS } from "./model.ts";
import type { Method } from "./model.ts";

/** A named list that conditions refer to by its alias. */
export interface ValueList {
  readonly alias: string;
  readonly name: string;
  readonly itemType: "string" | "number";
  readonly valueListItems: readonly (string | number)[];
  readonly isActive: boolean;
}

/** A named thing that callers send as `custom.<name>`. */
export interface CustomDataPoint {
  readonly id: string;
  readonly name: string;
  readonly dataType: "text" | "number" | "boolean" | "multiselect";
  readonly modelType: "action" | "user";
  readonly description?: string | undefined;
  readonly isPublic: boolean;
}

/** How one verification method is set up. */
export interface AuthenticatorConfiguration {
  readonly authenticatorId: string;
  readonly verificationMethod: Method;
  readonly isActive: boolean;
  /** Whatever else was set, provider and limits; kept as given. */
  readonly [setting: string]: unknown;
}

/** What the portal's settings page holds (reference 7.3). */
export interface TenantSettings {
  name: string;
  tokenDurationInMinutes: number;
  disableRecoveryCodes: boolean;
  hideSuccessScreenOnEnrollment: boolean;
  /** IPv4 ranges that may call the server API; empty: everyone. */
  ipWhitelist: readonly string[];
}

/** An app that sessions are for. */
export interface AppClient {
  readonly clientId: string;
  readonly name: string;
  readonly accessTokenDurationInMinutes: number;
  readonly refreshTokenDurationInMinutes: number;
}

interface Saved {
  readonly settings: TenantSettings;
  readonly valueLists: readonly ValueList[];
  readonly customDataPoints: readonly CustomDataPoint[];
  readonly authenticators: readonly AuthenticatorConfiguration[];
  readonly appClients: readonly AppClient[];
  readonly ipRanges: readonly IpRange[];
}

/** What a tenant begins with instead of nothing. */
export interface TenantSeed {
  readonly tokenDurationInMinutes?: number | undefined;
  readonly valueLists?: readonly ValueList[] | undefined;
  readonly appClients?: readonly AppClient[] | undefined;
  readonly ipRanges?: readonly IpRange[] | undefined;
}

const LOCAL_APP: AppClient = {
  clientId: "local-app",
  name: "Local app",
  accessTokenDurationInMinutes: 60,
  refreshTokenDurationInMinutes: 30 * 24 * 60,
};

/** Everything that belongs to the tenant rather than to a user or an action. */
export class Tenant {
  settings: TenantSettings;
  readonly valueLists = new Map<string, ValueList>();
  readonly customDataPoints = new Map<string, CustomDataPoint>();
  readonly authenticators = new Map<Method, AuthenticatorConfiguration>();
  readonly appClients = new Map<string, AppClient>();
  /** What addresses are known to be, before the built-in examples. */
  ipRanges: readonly IpRange[] = [];
  readonly #seed: TenantSeed;

  constructor(seed: TenantSeed = {}) {
    this.#seed = seed;
    this.settings = defaultSettings(seed.tokenDurationInMinutes);
    this.reset();
  }

  /** The methods that are switched on. */
  methods(): Method[] {
    return TENANT_METHODS.filter((method) => this.authenticators.get(method)?.isActive === true);
  }

  /** Value lists by alias, as conditions read them. */
  lists(): Readonly<Record<string, readonly (string | number)[]>> {
    return Object.fromEntries([...this.valueLists.values()].map((list) => [list.alias, list.valueListItems]));
  }

  reset(): void {
    const { tokenDurationInMinutes, valueLists = [], appClients = [LOCAL_APP], ipRanges = [] } = this.#seed;
    this.load({
      settings: defaultSettings(tokenDurationInMinutes),
      valueLists,
      customDataPoints: [],
      authenticators: TENANT_METHODS.map((verificationMethod) => ({
        authenticatorId: verificationMethod.toLowerCase().replaceAll("_", "-"),
        verificationMethod,
        isActive: true,
      })),
      appClients,
      ipRanges,
    });
  }

  save(): Saved {
    return {
      settings: this.settings,
      valueLists: [...this.valueLists.values()],
      customDataPoints: [...this.customDataPoints.values()],
      authenticators: [...this.authenticators.values()],
      appClients: [...this.appClients.values()],
      ipRanges: this.ipRanges,
    };
  }

  load(saved: Saved): void {
    this.settings = { ...saved.settings };
    replace(this.valueLists, saved.valueLists, ({ alias }) => alias);
    replace(this.customDataPoints, saved.customDataPoints, ({ id }) => id);
    replace(this.authenticators, saved.authenticators, ({ verificationMethod }) => verificationMethod);
    replace(this.appClients, saved.appClients, ({ clientId }) => clientId);
    this.ipRanges = [...saved.ipRanges];
  }
}

function defaultSettings(tokenDurationInMinutes = DEFAULT_TRACK_TOKEN_MINUTES): TenantSettings {
  return {
    name: "Local tenant",
    tokenDurationInMinutes,
    disableRecoveryCodes: true,
    hideSuccessScreenOnEnrollment: false,
    ipWhitelist: [],
  };
}

function replace<K, V>(map: Map<K, V>, values: readonly V[], keyOf: (value: V) => K): void {
  map.clear();
  for (const value of values) {
    map.set(keyOf(value), value);
  }
}
