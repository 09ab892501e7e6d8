import { fail, ok, type Result } from "../../src/http/result.ts";
import { administratorSettings } from "../../src/identity/administrator-settings.ts";
import {
  checkedIfGiven,
  checkedList,
  isLocalHost,
  oneOf,
  optionalHttpUrl,
  optionalText,
  readEnvironment,
  requiredText,
  wholeNumber,
  type ConfigProblem,
  type SettingsOf,
} from "../../src/http/settings.ts";

const ALERT_URL_FIX = "must be an https URL (http only for local addresses) without user name, or absent";

/** Unlike the gateway's addresses it may have a query: that is where many services expect their key. */
function isAlertUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  const isSecure = protocol === "https:" || (protocol === "http:" && isLocalHost(hostname));
  return isSecure && username === "" && password === "";
}

/** What may stand in a header after `Bearer`. */
const bearerToken = checkedIfGiven(
  (text) => /^[\x21-\x7e]*$/.test(text),
  "must be visible ASCII characters without spaces, or absent",
);

/** Every setting of the webhook Worker; README, "Configuration", explains them. */
export const webhookSettings = {
  AUTHSIGNAL_SECRET: requiredText("must be Authsignal's server API secret key, which signs its webhooks"),
  AUTHSIGNAL_SECRET_PREVIOUS: optionalText,
  AUTHSIGNAL_TENANT_ID: optionalText,
  ALERT_URL: checkedIfGiven(isAlertUrl, ALERT_URL_FIX),
  ALERT_TOKEN: bearerToken,
  AUTHSIGNAL_URL: optionalHttpUrl("Authsignal's server API of your region"),
  COGNITO_ISSUER: optionalHttpUrl("the pool's issuer, as the gateway has it"),
  COGNITO_API_URL: optionalHttpUrl("the user pool API"),
  COGNITO_JWKS_URL: optionalHttpUrl("where the pool publishes its keys"),
  COGNITO_CLIENT_ID: optionalText,
  COGNITO_OTHER_CLIENT_IDS: checkedList(() => true, ""),
  AWS_ACCESS_KEY_ID: optionalText,
  AWS_SECRET_ACCESS_KEY: optionalText,
  ACTION_VERIFY_ON_FAILURE: oneOf(["refuse", "accept"], "must be refuse or accept"),
  EVENT_RETRY_SECONDS: wholeNumber(2, 0, 60),
  CATCH_UP_USERS: wholeNumber(200, 0, 400),
  COGNITO_CALLS_PER_SECOND: wholeNumber(10, 5, 1_000),
  ...administratorSettings,
};

/** The webhook Worker's configuration, checked and frozen. */
export type WebhooksConfig = Readonly<ReturnType<typeof derive>>;

/** Reads the configuration out of the environment, or names every setting that is wrong with its fix. */
export function parseConfig(env: object): Result<WebhooksConfig, readonly ConfigProblem[]> {
  const parsed = readEnvironment(webhookSettings, env);
  if (!parsed.ok) {
    return parsed;
  }
  const problems = missingPartners(parsed.value);
  return problems.length === 0 ? ok(Object.freeze(derive(parsed.value))) : fail(problems);
}

type Parsed = SettingsOf<typeof webhookSettings>;

/** Settings that mean nothing without others. */
function missingPartners(settings: Parsed): ConfigProblem[] {
  const needs = (setting: keyof Parsed, given: boolean, partners: readonly (keyof Parsed)[], why: string) =>
    given && settings[setting] === undefined
      ? [{ setting, fix: `must be set where ${partners.join(" or ")} is: ${why}` }]
      : [];
  const hasCredentials =
    settings.AWS_ACCESS_KEY_ID !== undefined || settings.AWS_SECRET_ACCESS_KEY !== undefined;
  const keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;
  const hasGroup = settings.ADMIN_GROUP !== undefined;
  return [
    ...needs("AWS_ACCESS_KEY_ID", hasCredentials, ["AWS_SECRET_ACCESS_KEY"], "they are one credential"),
    ...needs("AWS_SECRET_ACCESS_KEY", hasCredentials, ["AWS_ACCESS_KEY_ID"], "they are one credential"),
    ...needs("COGNITO_ISSUER", hasCredentials || hasGroup, [...keys, "ADMIN_GROUP"], "it names the pool"),
    ...needs("COGNITO_CLIENT_ID", hasGroup, ["ADMIN_GROUP"], "its tokens are what is accepted"),
  ];
}

function derive(settings: Parsed) {
  return {
    signingSecrets: [settings.AUTHSIGNAL_SECRET, settings.AUTHSIGNAL_SECRET_PREVIOUS].filter(
      (secret) => secret !== undefined,
    ),
    tenantId: settings.AUTHSIGNAL_TENANT_ID,
    alert:
      settings.ALERT_URL === undefined ? undefined : { url: settings.ALERT_URL, token: settings.ALERT_TOKEN },
    authsignal:
      settings.AUTHSIGNAL_URL === undefined
        ? undefined
        : {
            apiUrl: settings.AUTHSIGNAL_URL,
            secrets: authsignalSecrets(settings),
          },
    userPool: userPoolOf(settings),
    catchUpUsers: settings.CATCH_UP_USERS,
    firstRetrySeconds: settings.EVENT_RETRY_SECONDS,
    verifyOnFailure: settings.ACTION_VERIFY_ON_FAILURE,
    administrators: {
      key: settings.ADMIN_KEY,
      previousKey: settings.ADMIN_KEY_PREVIOUS,
      people: peopleOf(settings),
    },
  };
}

function authsignalSecrets(settings: Parsed): readonly [string, string?] {
  const { AUTHSIGNAL_SECRET: current, AUTHSIGNAL_SECRET_PREVIOUS: previous } = settings;
  return previous === undefined ? [current] : [current, previous];
}

function userPoolOf(settings: Parsed) {
  const { COGNITO_ISSUER: issuer, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = settings;
  if (issuer === undefined || AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
    return undefined;
  }
  // Either format of an issuer ends in the pool's id, which begins with its region (cognito.md 1.1).
  const userPoolId = issuer.split("/").at(-1) ?? "";
  const region = userPoolId.split("_")[0] ?? "";
  return {
    apiUrl: settings.COGNITO_API_URL ?? `https://cognito-idp.${region}.amazonaws.com`,
    userPoolId,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    callsPerSecond: settings.COGNITO_CALLS_PER_SECOND,
  };
}

function peopleOf(settings: Parsed) {
  const { ADMIN_GROUP: group, COGNITO_ISSUER: issuer, COGNITO_CLIENT_ID: clientId } = settings;
  if (group === undefined || issuer === undefined || clientId === undefined) {
    return undefined;
  }
  return {
    group,
    jwksUrl: settings.COGNITO_JWKS_URL ?? `${issuer}/.well-known/jwks.json`,
    rules: {
      issuers: [issuer],
      clientIds: [clientId, ...settings.COGNITO_OTHER_CLIENT_IDS],
      tokenUses: ["access", "id"] as const,
    },
  };
}
