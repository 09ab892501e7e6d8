import type { JWK } from "jose";
import * as z from "zod/mini";
import { fail, ok, type Result } from "../../src/http/result.ts";
import type { ManagedLogin } from "../../src/identity/managed-sign-in.ts";
import {
  httpUrl,
  isLocalHost,
  optionalHttpUrl,
  optionalText,
  problemsOf,
  requiredText,
  splitList,
  wholeNumber,
  type ConfigProblem,
} from "../../src/http/settings.ts";
import { credentialsOf, poolAdminSettings } from "../../src/cognito/pool-admin.ts";
import { poolOf } from "../../src/cognito/pool-address.ts";
import type { AwsCredentials } from "../../src/cognito/signed-fetch.ts";
import { administratorSettings } from "../../src/identity/administrator-settings.ts";
import { refreshTokenDays } from "../../src/ledger/retention.ts";
import { ownSignInOf, signInSettings, type OwnSignIn } from "../../src/sign-in/settings.ts";
import { MAX_ORIGIN_TIMEOUT_MS } from "../../src/ledger/transitions.ts";

const MIN_SECRET_CHARACTERS = 32;

const secret = z
  .string("must be set as a secret")
  .check(
    z.minLength(
      MIN_SECRET_CHARACTERS,
      `must be a random secret of ${MIN_SECRET_CHARACTERS} characters or more`,
    ),
  );

const jwk = (fix: string) =>
  z.pipe(
    z.string(fix),
    z.transform((text, context): JWK => {
      try {
        const value: unknown = JSON.parse(text);
        const parsed = z
          .looseObject({
            kty: z.literal("EC"),
            crv: z.literal("P-256"),
            x: z.string(),
            y: z.string(),
            d: z.string(),
          })
          .safeParse(value);
        if (parsed.success) {
          return parsed.data;
        }
      } catch {
        // not JSON: reported below like any other wrong key
      }
      context.issues.push({ code: "custom", message: fix, input: undefined });
      return z.NEVER;
    }),
  );

const origins = z.pipe(
  z.string("must list the public origins of the app"),
  z.transform((text, context): readonly [string, ...string[]] => {
    const fix =
      "must list the public origins of the app, such as https://app.example.com, separated by commas";
    const [first, ...rest] = splitList(text);
    const valid = [first, ...rest].every(
      (entry) => entry !== undefined && URL.canParse(entry) && isPublicOrigin(entry),
    );
    if (first === undefined || !valid) {
      context.issues.push({ code: "custom", message: fix, input: undefined });
      return z.NEVER;
    }
    return [first, ...rest];
  }),
);

/** Instead of an address: the Worker bound as `ORIGIN`, or where the zone's own DNS leads. Both keep the public host. */
const KEEPS_PUBLIC_HOST = ["service:", "dns:"] as const;

/** In its one serialisation; http only on this machine: the gateway's cookies need a secure origin. */
function isPublicOrigin(text: string): boolean {
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === "https:" || (protocol === "http:" && isLocalHost(hostname)));
}

/** Without a path: the path that is judged is the path that is sent (design decision 1). */
const originUrl = z.union(
  [
    z.enum(KEEPS_PUBLIC_HOST),
    httpUrl("the address of the existing app").check(z.refine((url) => new URL(url).pathname === "/")),
  ],
  "must be the address of the existing app, an https URL such as https://origin.example.com without a path (http only for local addresses), or service: or dns:",
);

const tokenUses = z.pipe(
  z._default(z.string(), ""),
  z.transform((text, context): ("access" | "id")[] => {
    const given = text === "" ? ["access", "id"] : splitList(text);
    const uses = given.filter((use) => use === "access" || use === "id");
    if (uses.length === 0 || uses.length !== given.length) {
      context.issues.push({
        code: "custom",
        message: "must be access, id, or both separated by a comma",
        input: text,
      });
      return z.NEVER;
    }
    return uses;
  }),
);

const corsOrigins = z.pipe(
  z._default(z.string(), ""),
  z.transform((text, context): string[] => {
    const entries = splitList(text);
    if (entries.every((entry) => URL.canParse(entry) && new URL(entry).origin === entry)) {
      return entries;
    }
    context.issues.push({
      code: "custom",
      message: "must list origins of pages, such as https://www.example.com, separated by commas",
      input: text,
    });
    return z.NEVER;
  }),
);

const challengeHosts = z.pipe(
  z._default(z.string(), ""),
  z.transform((text, context) => {
    const hosts = splitList(text);
    if (!hosts.every((host) => URL.canParse(`https://${host}`) && new URL(`http://${host}`).host === host)) {
      const fix = "must list hosts such as mfa.example.com, without scheme or path, separated by commas";
      context.issues.push({ code: "custom", message: fix, input: undefined });
      return z.NEVER;
    }
    return hosts;
  }),
);

const issuers = z.pipe(
  z._default(z.string(), ""),
  z.transform((text, context) => {
    const others = splitList(text);
    if (!others.every((issuer) => httpUrl("").safeParse(issuer).success)) {
      const fix = "must list issuers, each an https URL, separated by commas";
      context.issues.push({ code: "custom", message: fix, input: undefined });
      return z.NEVER;
    }
    return others;
  }),
);

const list = z.pipe(z._default(z.string(), ""), z.transform(splitList));

/** Every setting of the gateway; README, "Configuration", explains them and is checked against this by a test. */
export const gatewaySettings = z.object({
  PUBLIC_ORIGINS: origins,
  ORIGIN_URL: originUrl,
  ORIGIN_TIMEOUT_MS: wholeNumber(30_000, 100, MAX_ORIGIN_TIMEOUT_MS),
  CORS_ORIGINS: corsOrigins,
  COGNITO_ISSUER: httpUrl("the pool's issuer"),
  COGNITO_OTHER_ISSUERS: issuers,
  COGNITO_JWKS_URL: optionalHttpUrl("where the pool publishes its keys"),
  COGNITO_CLIENT_ID: requiredText("must be the app client's id"),
  COGNITO_OTHER_CLIENT_IDS: list,
  COGNITO_CLIENT_SECRET: optionalText,
  COGNITO_TOKEN_USE: tokenUses,
  COGNITO_DOMAIN: optionalHttpUrl("the pool's managed-login domain as browsers reach it"),
  COGNITO_TOKEN_URL: optionalHttpUrl("the token endpoint as the gateway reaches it"),
  AUTHSIGNAL_URL: httpUrl("Authsignal's server API of your region, such as https://api.authsignal.com/v1"),
  AUTHSIGNAL_SECRET: requiredText("must be Authsignal's server API secret key"),
  AUTHSIGNAL_SECRET_PREVIOUS: optionalText,
  AUTHSIGNAL_CHALLENGE_HOSTS: challengeHosts,
  AUTHSIGNAL_TIMEOUT_MS: wholeNumber(2_000, 100, 2_900),
  POLICY_FALLBACK: z._default(
    z.enum(["", "bundled", "deny"], "must be bundled, or deny to refuse everything instead"),
    "",
  ),
  SESSION_SECRET: secret,
  SESSION_SECRET_PREVIOUS: optionalText,
  ASSERTION_KEY: jwk("must be a private EC P-256 key as a JWK (README, Deploy, says how to make one)"),
  ASSERTION_KEY_PREVIOUS: optionalText,
  STALENESS_SECONDS: wholeNumber(5, 0, 60),
  REFRESH_TOKEN_DAYS: refreshTokenDays,
  ...administratorSettings,
  REVOCABLE_POLL_MS: wholeNumber(500, 100, 60_000),
  CHALLENGE_SECONDS: wholeNumber(600, 60, 3_600),
  REVIEW_SECONDS: wholeNumber(3_600, 60, 86_400),
  CHALLENGE_STATUS: z._default(
    z.enum(["", "401", "403"], "must be 401, or 403 for an app that signs out on 401"),
    "",
  ),
  KEPT_BODY_BYTES: wholeNumber(1_048_576, 1_024, 8_388_608),
  ...signInSettings,
  ...poolAdminSettings,
});

/** Authsignal's own pages; a tenant's custom domain is added by AUTHSIGNAL_CHALLENGE_HOSTS. */
const DEFAULT_CHALLENGE_HOST = "mfa.authsignal.com";

/** The gateway's configuration, checked and frozen. */
export type Config = Readonly<ReturnType<typeof derive>>;

const DOMAIN_FIX =
  "must be the pool's managed-login domain as browsers reach it, unless SIGN_IN is authsignal";

/** Reads the configuration out of the environment, or names every setting that is wrong with its fix. */
export function parseConfig(env: object): Result<Config, readonly ConfigProblem[]> {
  const parsed = gatewaySettings.safeParse(env);
  const given: { readonly SIGN_IN?: unknown; readonly COGNITO_DOMAIN?: unknown } = env;
  const lacksDomain = given.SIGN_IN !== "authsignal" && (given.COGNITO_DOMAIN ?? "") === "";
  if (!parsed.success || lacksDomain) {
    return fail([
      ...(parsed.success ? [] : problemsOf(parsed.error)),
      ...(lacksDomain ? [{ setting: "COGNITO_DOMAIN", fix: DOMAIN_FIX }] : []),
    ]);
  }
  if (parsed.data.PUBLIC_ORIGINS.includes(parsed.data.ORIGIN_URL)) {
    return fail([
      {
        setting: "ORIGIN_URL",
        fix: "must be another address than the public one, or requests go in circles",
      },
    ]);
  }
  if (
    parsed.data.SESSION_SECRET_PREVIOUS !== undefined &&
    parsed.data.SESSION_SECRET_PREVIOUS.length < MIN_SECRET_CHARACTERS
  ) {
    return fail([
      {
        setting: "SESSION_SECRET_PREVIOUS",
        fix: "must be the secret that SESSION_SECRET replaced, or absent",
      },
    ]);
  }
  const ownSignIn = ownSignInOf(parsed.data, {
    issuer: parsed.data.COGNITO_ISSUER,
    clientId: parsed.data.COGNITO_CLIENT_ID,
    clientSecret: parsed.data.COGNITO_CLIENT_SECRET,
  });
  if (!ownSignIn.ok) {
    return fail([ownSignIn.error]);
  }
  const credentials = credentialsOf(parsed.data);
  if (!credentials.ok) {
    return fail([credentials.error]);
  }
  if (ownSignIn.value?.createsUsers === true && credentials.value === undefined) {
    const fix = "must be refuse, unless AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set";
    return fail([{ setting: "SIGN_IN_NEW_USERS", fix }]);
  }
  try {
    return ok(Object.freeze(derive(parsed.data, ownSignIn.value, credentials.value)));
  } catch {
    return fail([
      { setting: "ASSERTION_KEY_PREVIOUS", fix: "must be the JWK that ASSERTION_KEY replaced, or absent" },
    ]);
  }
}

/** Two keys can be active at once, and either may be gone already. */
function authsignalSecrets({
  AUTHSIGNAL_SECRET: secret,
  AUTHSIGNAL_SECRET_PREVIOUS: previous,
}: z.infer<typeof gatewaySettings>): readonly [string, string?] {
  return previous === undefined ? [secret] : [secret, previous];
}

/** Managed login, wherever the pool has a domain. */
function loginOf(settings: z.infer<typeof gatewaySettings>): ManagedLogin | undefined {
  const { COGNITO_DOMAIN: domain } = settings;
  return domain === undefined
    ? undefined
    : {
        issuer: settings.COGNITO_ISSUER,
        clientId: settings.COGNITO_CLIENT_ID,
        clientSecret: settings.COGNITO_CLIENT_SECRET,
        domain,
        tokenUrl: settings.COGNITO_TOKEN_URL ?? `${domain}/oauth2/token`,
      };
}

function derive(
  settings: z.infer<typeof gatewaySettings>,
  ownSignIn: OwnSignIn | undefined,
  credentials: AwsCredentials | undefined,
) {
  const address = settings.ORIGIN_URL;
  const keepsPublicHost = address === "service:" || address === "dns:";
  const hosts = settings.AUTHSIGNAL_CHALLENGE_HOSTS;
  return {
    publicOrigins: settings.PUBLIC_ORIGINS,
    /** Public origin by host, for the one look-up per request. */
    originByHost: new Map(settings.PUBLIC_ORIGINS.map((origin) => [new URL(origin).host, origin])),
    origin: {
      /** Absent where the origin is asked under the public address. */
      url: keepsPublicHost ? undefined : address,
      isService: address === "service:",
      timeoutMs: settings.ORIGIN_TIMEOUT_MS,
    },
    /** Whom an assertion is for: the address the app was configured with. */
    assertionAudience: keepsPublicHost ? settings.PUBLIC_ORIGINS[0] : address,
    corsOrigins: new Set(settings.CORS_ORIGINS),
    /** Whose pages may open a WebSocket with the user's cookie. */
    socketOrigins: new Set([...settings.PUBLIC_ORIGINS, ...settings.CORS_ORIGINS]),
    tokenRules: {
      issuers: [settings.COGNITO_ISSUER, ...settings.COGNITO_OTHER_ISSUERS],
      clientIds: [settings.COGNITO_CLIENT_ID, ...settings.COGNITO_OTHER_CLIENT_IDS],
      tokenUses: settings.COGNITO_TOKEN_USE,
    },
    jwksUrl: settings.COGNITO_JWKS_URL ?? `${settings.COGNITO_ISSUER}/.well-known/jwks.json`,
    login: loginOf(settings),
    /** Instead of managed login, where the configuration says so. */
    ownSignIn,
    /** For what needs AWS credentials. */
    poolAdmin:
      credentials === undefined
        ? undefined
        : { ...credentials, ...poolOf(settings.COGNITO_ISSUER, settings.COGNITO_API_URL) },
    authsignal: {
      apiUrl: settings.AUTHSIGNAL_URL,
      secrets: authsignalSecrets(settings),
      deadlineMs: settings.AUTHSIGNAL_TIMEOUT_MS,
      challengeHosts: hosts.length === 0 ? [DEFAULT_CHALLENGE_HOST] : hosts,
    },
    sealingSecrets: [settings.SESSION_SECRET, settings.SESSION_SECRET_PREVIOUS].filter(
      (text) => text !== undefined,
    ),
    assertionKey: settings.ASSERTION_KEY,
    assertionKeyPrevious:
      settings.ASSERTION_KEY_PREVIOUS === undefined
        ? undefined
        : (JSON.parse(settings.ASSERTION_KEY_PREVIOUS) as JWK),
    policyFallback: settings.POLICY_FALLBACK === "deny" ? ("deny" as const) : ("bundled" as const),
    stalenessMs: settings.STALENESS_SECONDS * 1000,
    administration: {
      key: settings.ADMIN_KEY,
      keyPrevious: settings.ADMIN_KEY_PREVIOUS,
      adminGroup: settings.ADMIN_GROUP,
    },
    revocablePollMs: settings.REVOCABLE_POLL_MS,
    challengeSeconds: settings.CHALLENGE_SECONDS,
    reviewSeconds: settings.REVIEW_SECONDS,
    challengeStatus: settings.CHALLENGE_STATUS === "403" ? 403 : 401,
    keptBodyBytes: settings.KEPT_BODY_BYTES,
  };
}
