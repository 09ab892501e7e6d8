import type { Context } from "./context.ts";
import { locate } from "./ip-facts.ts";
import type { ActionKey, CustomData, User } from "./model.ts";
import type { RuleFacts } from "./rules.ts";

/** The last authentication of a user who never did, when that counts as long ago (choice 10). */
const LONG_AGO_SECONDS = 100 * 365 * 24 * 60 * 60;
/** Another country within this time after the last success is not reached by travelling (a choice). */
const IMPOSSIBLE_TRAVEL_SECONDS = 60 * 60;
/** Countries whose mention in the OFAC list is comprehensive. */
const OFAC_COUNTRIES = ["CU", "IR", "KP", "SY"];
/** What programs that crawl or script call themselves. */
const BOT =
  /bot\b|crawl|spider|slurp|headless|phantomjs|selenium|curl\/|wget\/|python-requests|python-urllib|okhttp|go-http-client|java\/|libwww|scrapy|httpclient/i;

/** What the caller of `track` says about where the user is. */
export interface Circumstances {
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly custom?: CustomData | undefined;
}

/**
 * What rules can read about an action (reference 7.2; the names that are not documented are choices, see `choices.ts`).
 * A feature whose input is missing is absent.
 */
export function factsOf(
  context: Context,
  key: ActionKey,
  user: User,
  circumstances: Circumstances,
): RuleFacts {
  const { custom } = circumstances;
  return {
    ip: ipFacts(context, key.userId, circumstances.ipAddress),
    device: deviceFacts(context, key.userId, circumstances),
    user: userFacts(context, user),
    custom: custom ?? {},
    action: { code: key.actionCode, idempotencyKey: key.idempotencyKey },
  };
}

function ipFacts({ store, tenant, nowMs }: Context, userId: string, address?: string): RuleFacts["ip"] {
  if (address === undefined) {
    return {};
  }
  const past = store.history.of(userId);
  const range = locate(address, tenant.ipRanges);
  const common = {
    address,
    isAnonymous: range?.isAnonymous ?? false,
    isUnrecognized: past?.ipAddresses.includes(address) !== true,
  };
  const countryCode = range?.countryCode;
  if (countryCode === undefined) {
    return common;
  }
  const countryChanged = past?.lastCountryCode !== undefined && past.lastCountryCode !== countryCode;
  const secondsSince = past === undefined ? LONG_AGO_SECONDS : (nowMs() - past.lastVerifiedAtMs) / 1000;
  return {
    ...common,
    countryCode,
    location: { country: { countryCode } },
    countryCodeInOfacList: OFAC_COUNTRIES.includes(countryCode),
    countryChanged,
    atypicalTravel: countryChanged && !past.countryCodes.includes(countryCode),
    impossibleTravel: countryChanged && secondsSince < IMPOSSIBLE_TRAVEL_SECONDS,
  };
}

function deviceFacts(
  { store }: Context,
  userId: string,
  { deviceId, userAgent }: Circumstances,
): RuleFacts["device"] {
  const { history } = store;
  return {
    ...(deviceId === undefined
      ? {}
      : {
          id: deviceId,
          isNew: !history.knows(userId, deviceId),
          count: history.devicesOf(userId).filter((one) => one.invalidatedAt === undefined).length,
        }),
    ...(userAgent === undefined ? {} : { isBot: BOT.test(userAgent) }),
  };
}

function userFacts({ store, switches, nowMs }: Context, user: User): RuleFacts["user"] {
  const methods = store.methodsOf(user.userId);
  const past = store.history.of(user.userId);
  const never =
    switches.neverAuthenticated === "long-ago" ? { secondsSinceLastAuthentication: LONG_AGO_SECONDS } : {};
  return {
    ...user.custom,
    ...user,
    isEnrolled: methods.length > 0,
    enrolledVerificationMethods: methods,
    hasPreviouslyVerified: past !== undefined,
    ...(past === undefined
      ? never
      : { secondsSinceLastAuthentication: Math.floor((nowMs() - past.lastVerifiedAtMs) / 1000) }),
  };
}
