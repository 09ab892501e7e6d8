import type { JWK } from "jose";
import { fail, ok } from "../../src/http/result.ts";
import {
  checked,
  checkedList,
  httpUrl,
  isHttpUrl,
  isLocalHost,
  oneOf,
  optionalHttpUrl,
  optionalText,
  requiredText,
  splitList,
  wholeNumber,
  type Setting,
  type SettingsOf,
} from "../../src/http/settings.ts";
import { poolAdminSettings } from "../../src/cognito/pool-admin-settings.ts";
import { administratorSettings } from "../../src/identity/administrator-settings.ts";
import { refreshTokenDays } from "../../src/ledger/retention.ts";
import { signInSettings } from "../../src/sign-in/settings.ts";
import { MAX_ORIGIN_TIMEOUT_MS } from "../../src/ledger/transitions.ts";

/** The shortest secret that seals or signs. */
export const MIN_SECRET_CHARACTERS = 32;

const secret = checked(
  (text) => text.length >= MIN_SECRET_CHARACTERS,
  `must be set as a secret: random, of ${MIN_SECRET_CHARACTERS} characters or more`,
);

/** Instead of an address: the Worker bound as `ORIGIN`, or where the zone's own DNS leads. Both keep the public host. */
const KEEPS_PUBLIC_HOST = ["service:", "dns:"] as const;

/** In its one serialisation; http only on this machine: the gateway's cookies need a secure origin. */
function isPublicOrigin(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === "https:" || (protocol === "http:" && isLocalHost(hostname)));
}

const publicOrigins: Setting<readonly [string, ...string[]]> = (text) => {
  const [first, ...rest] = splitList(text);
  return first !== undefined && [first, ...rest].every(isPublicOrigin)
    ? ok([first, ...rest])
    : fail("must list the public origins of the app, such as https://app.example.com, separated by commas");
};

/** Without a path: the path that is judged is the path that is sent (design decision 1). */
const originUrl: Setting<string> = (text) => {
  if (KEEPS_PUBLIC_HOST.some((word) => word === text)) {
    return ok(text);
  }
  return isHttpUrl(text) && new URL(text).pathname === "/"
    ? ok(text.replace(/\/$/, ""))
    : fail(
        "must be the address of the existing app, an https URL such as https://origin.example.com without a path (http only for local addresses), or service: or dns:",
      );
};

const tokenUses: Setting<readonly ("access" | "id")[]> = (text) => {
  const given = text === "" ? ["access", "id"] : splitList(text);
  const uses = given.filter((use) => use === "access" || use === "id");
  return uses.length > 0 && uses.length === given.length
    ? ok(uses)
    : fail("must be access, id, or both separated by a comma");
};

function isOrigin(entry: string): boolean {
  return URL.canParse(entry) && new URL(entry).origin === entry;
}

function isHost(entry: string): boolean {
  return URL.canParse(`https://${entry}`) && new URL(`http://${entry}`).host === entry;
}

const signingKey: Setting<JWK> = (text) => {
  const key = readPrivateKey(text);
  return key === undefined
    ? fail("must be a private EC P-256 key as a JWK (README, Deploy, says how to make one)")
    : ok(key);
};

/** A private EC P-256 key of RFC 7518 section 6.2; whether it is on the curve is found out when it is imported. */
function readPrivateKey(text: string): JWK | undefined {
  try {
    const given: unknown = JSON.parse(text);
    // Each member that counts is looked at next.
    const { kty, crv, x, y, d } = (given ?? {}) as JWK;
    const isPrivate = kty === "EC" && crv === "P-256" && [x, y, d].every((part) => typeof part === "string");
    return isPrivate ? (given as JWK) : undefined;
  } catch {
    return undefined; // no JSON: as wrong as any other
  }
}

/** Every setting of the gateway; README, "Configuration", explains them and is checked against this by a test. */
export const gatewaySettings = {
  PUBLIC_ORIGINS: publicOrigins,
  ORIGIN_URL: originUrl,
  ORIGIN_TIMEOUT_MS: wholeNumber(30_000, 100, MAX_ORIGIN_TIMEOUT_MS),
  CORS_ORIGINS: checkedList(
    isOrigin,
    "must list origins of pages, such as https://www.example.com, separated by commas",
  ),
  COGNITO_ISSUER: httpUrl("the pool's issuer"),
  COGNITO_OTHER_ISSUERS: checkedList(isHttpUrl, "must list issuers, each an https URL, separated by commas"),
  COGNITO_JWKS_URL: optionalHttpUrl("where the pool publishes its keys"),
  COGNITO_CLIENT_ID: requiredText("must be the app client's id"),
  COGNITO_OTHER_CLIENT_IDS: checkedList(() => true, ""),
  COGNITO_CLIENT_SECRET: optionalText,
  COGNITO_TOKEN_USE: tokenUses,
  COGNITO_DOMAIN: optionalHttpUrl("the pool's managed-login domain as browsers reach it"),
  COGNITO_TOKEN_URL: optionalHttpUrl("the token endpoint as the gateway reaches it"),
  AUTHSIGNAL_URL: httpUrl("Authsignal's server API of your region, such as https://api.authsignal.com/v1"),
  AUTHSIGNAL_SECRET: requiredText("must be Authsignal's server API secret key"),
  AUTHSIGNAL_SECRET_PREVIOUS: optionalText,
  AUTHSIGNAL_CHALLENGE_HOSTS: checkedList(
    isHost,
    "must list hosts such as mfa.example.com, without scheme or path, separated by commas",
  ),
  AUTHSIGNAL_TIMEOUT_MS: wholeNumber(2_000, 100, 2_900),
  POLICY_FALLBACK: oneOf(["bundled", "deny"], "must be bundled, or deny to refuse everything instead"),
  SESSION_SECRET: secret,
  SESSION_SECRET_PREVIOUS: optionalText,
  ASSERTION_KEY: signingKey,
  ASSERTION_KEY_PREVIOUS: optionalText,
  STALENESS_SECONDS: wholeNumber(5, 0, 60),
  REFRESH_TOKEN_DAYS: refreshTokenDays,
  ...administratorSettings,
  REVOCABLE_POLL_MS: wholeNumber(500, 100, 60_000),
  CHALLENGE_SECONDS: wholeNumber(600, 60, 3_600),
  REVIEW_SECONDS: wholeNumber(3_600, 60, 86_400),
  CHALLENGE_STATUS: oneOf(["401", "403"], "must be 401, or 403 for an app that signs out on 401"),
  KEPT_BODY_BYTES: wholeNumber(1_048_576, 1_024, 8_388_608),
  ...signInSettings,
  ...poolAdminSettings,
};

/** What they are read to, each by itself. */
export type GatewaySettings = SettingsOf<typeof gatewaySettings>;
