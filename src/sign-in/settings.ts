import {
  oneOf,
  optionalHttpUrl,
  optionalText,
  wholeNumber,
  type ConfigProblem,
  type SettingsOf,
} from "../http/settings.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { poolOf } from "../cognito/pool-address.ts";
import type { PoolClient } from "../cognito/user-pool-api.ts";
import type { Limit } from "./bucket.ts";
import type { Look } from "./look.ts";
import { accentOf } from "./theme.ts";

const MIN_SECRET_CHARACTERS = 32;
const MINUTE_MS = 60_000;
/** A name's tries come back one by one over this time, an address's likewise. */
const REFILL_MS = 15 * MINUTE_MS;
const POOL_ID = /^[\w-]{1,55}_[A-Za-z0-9]{1,55}$/;

/** The settings of the gateway's own sign-in page. */
export const signInSettings = {
  SIGN_IN: oneOf(["managed", "authsignal"], "must be managed or authsignal"),
  SIGN_IN_FLOW: oneOf(["passwordless", "password-first"], "must be passwordless or password-first"),
  SIGN_IN_SECRET: optionalText,
  SIGN_IN_SECONDS: wholeNumber(180, 60, 900),
  SIGN_IN_TRIES: wholeNumber(10, 1, 1_000),
  SIGN_IN_TRIES_PER_ADDRESS: wholeNumber(60, 1, 100_000),
  SIGN_IN_NEW_USERS: oneOf(["refuse", "create"], "must be refuse or create"),
  SIGN_IN_NAME: optionalText,
  SIGN_IN_LOGO: optionalText,
  SIGN_IN_COLOUR: optionalText,
  COGNITO_API_URL: optionalHttpUrl("the user pool API"),
};

type Settings = SettingsOf<typeof signInSettings>;

/** The gateway's own sign-in, as the configuration says. */
export interface OwnSignIn {
  readonly asksForPassword: boolean;
  /** Whether an e-mail address that nobody has becomes a user. */
  readonly createsUsers: boolean;
  readonly pool: PoolClient;
  /** Signs what the gateway tells the triggers of a browser; shared with them. */
  readonly secret: string | undefined;
  /** How long Cognito takes an answer (`AuthSessionValidity` of the app client). */
  readonly checkSeconds: number;
  readonly perUser: Limit;
  readonly perAddress: Limit;
  readonly look: Look;
}

/** Derives the own sign-in; `undefined` where managed login is used. */
export function ownSignInOf(
  settings: Settings,
  pool: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string | undefined;
  },
): Result<OwnSignIn | undefined, ConfigProblem> {
  if (settings.SIGN_IN === "managed") {
    return ok(undefined);
  }
  const { SIGN_IN_SECRET: secret, SIGN_IN_LOGO: logo, SIGN_IN_COLOUR: colour } = settings;
  const { apiUrl, userPoolId } = poolOf(pool.issuer, settings.COGNITO_API_URL);
  if (!POOL_ID.test(userPoolId)) {
    return refused("COGNITO_ISSUER", "must end in the user pool's id, which the own sign-in page needs");
  }
  if (settings.SIGN_IN_NEW_USERS === "create" && settings.SIGN_IN_FLOW !== "passwordless") {
    return refused("SIGN_IN_NEW_USERS", "must be refuse with a password first: a new user has none");
  }
  if (secret !== undefined && secret.length < MIN_SECRET_CHARACTERS) {
    return refused(
      "SIGN_IN_SECRET",
      `must be the triggers' secret, ${MIN_SECRET_CHARACTERS} characters or more, or absent`,
    );
  }
  if (logo !== undefined && !/^\/(?![/\\])[^\s\\]*$/.test(logo)) {
    return refused("SIGN_IN_LOGO", "must be a path of the app's own, such as /logo.svg, or absent");
  }
  const accent = colour === undefined ? undefined : accentOf(colour);
  if (colour !== undefined && accent === undefined) {
    return refused(
      "SIGN_IN_COLOUR",
      "must be a colour such as #0b5c55 with a contrast of 4.5 to 1 against white: take a darker one",
    );
  }
  return ok({
    asksForPassword: settings.SIGN_IN_FLOW === "password-first",
    createsUsers: settings.SIGN_IN_NEW_USERS === "create",
    pool: {
      apiUrl,
      userPoolId,
      clientId: pool.clientId,
      clientSecret: pool.clientSecret,
    },
    secret,
    checkSeconds: settings.SIGN_IN_SECONDS,
    perUser: limitOf(settings.SIGN_IN_TRIES),
    perAddress: limitOf(settings.SIGN_IN_TRIES_PER_ADDRESS),
    look: { name: settings.SIGN_IN_NAME, logo, accent },
  });
}

function refused(setting: string, fix: string): { readonly ok: false; readonly error: ConfigProblem } {
  return fail({ setting, fix });
}

function limitOf(burst: number): Limit {
  return { burst, refillMs: Math.ceil(REFILL_MS / burst) };
}
