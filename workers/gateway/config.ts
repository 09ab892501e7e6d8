import type { JWK } from "jose";
import { fail, ok, type Result } from "../../src/http/result.ts";
import type { ManagedLogin } from "../../src/identity/managed-sign-in.ts";
import { readEnvironment, type ConfigProblem } from "../../src/http/settings.ts";
import { credentialsOf } from "../../src/cognito/pool-admin-settings.ts";
import { poolOf } from "../../src/cognito/pool-address.ts";
import type { AwsCredentials } from "../../src/cognito/signed-fetch.ts";
import { ownSignInOf, type OwnSignIn } from "../../src/sign-in/settings.ts";
import { gatewaySettings, MIN_SECRET_CHARACTERS, type GatewaySettings } from "./settings.ts";

/** Authsignal's own pages; a tenant's custom domain is added by AUTHSIGNAL_CHALLENGE_HOSTS. */
const DEFAULT_CHALLENGE_HOST = "mfa.authsignal.com";

/** The gateway's configuration, checked and frozen. */
export type Config = Readonly<ReturnType<typeof derive>>;

const DOMAIN_FIX =
  "must be the pool's managed-login domain as browsers reach it, unless SIGN_IN is authsignal";

/** Reads the configuration out of the environment, or names every setting that is wrong with its fix. */
export function parseConfig(env: object): Result<Config, readonly ConfigProblem[]> {
  const parsed = readEnvironment(gatewaySettings, env);
  const given: { readonly SIGN_IN?: unknown; readonly COGNITO_DOMAIN?: unknown } = env;
  const lacksDomain = given.SIGN_IN !== "authsignal" && (given.COGNITO_DOMAIN ?? "") === "";
  if (!parsed.ok || lacksDomain) {
    return fail([
      ...(parsed.ok ? [] : parsed.error),
      ...(lacksDomain ? [{ setting: "COGNITO_DOMAIN", fix: DOMAIN_FIX }] : []),
    ]);
  }
  if (parsed.value.PUBLIC_ORIGINS.includes(parsed.value.ORIGIN_URL)) {
    return fail([
      {
        setting: "ORIGIN_URL",
        fix: "must be another address than the public one, or requests go in circles",
      },
    ]);
  }
  if (
    parsed.value.SESSION_SECRET_PREVIOUS !== undefined &&
    parsed.value.SESSION_SECRET_PREVIOUS.length < MIN_SECRET_CHARACTERS
  ) {
    return fail([
      {
        setting: "SESSION_SECRET_PREVIOUS",
        fix: "must be the secret that SESSION_SECRET replaced, or absent",
      },
    ]);
  }
  const ownSignIn = ownSignInOf(parsed.value, {
    issuer: parsed.value.COGNITO_ISSUER,
    clientId: parsed.value.COGNITO_CLIENT_ID,
    clientSecret: parsed.value.COGNITO_CLIENT_SECRET,
  });
  if (!ownSignIn.ok) {
    return fail([ownSignIn.error]);
  }
  const credentials = credentialsOf(parsed.value);
  if (!credentials.ok) {
    return fail([credentials.error]);
  }
  if (ownSignIn.value?.createsUsers === true && credentials.value === undefined) {
    const fix = "must be refuse, unless AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set";
    return fail([{ setting: "SIGN_IN_NEW_USERS", fix }]);
  }
  try {
    return ok(Object.freeze(derive(parsed.value, ownSignIn.value, credentials.value)));
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
}: GatewaySettings): readonly [string, string?] {
  return previous === undefined ? [secret] : [secret, previous];
}

/** Managed login, wherever the pool has a domain. */
function loginOf(settings: GatewaySettings): ManagedLogin | undefined {
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
  settings: GatewaySettings,
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
    policyFallback: settings.POLICY_FALLBACK,
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
