import { fail, ok, type Result } from "../../src/http/result.ts";
import {
  checked,
  httpUrl,
  optionalText,
  readEnvironment,
  requiredText,
  splitList,
  type ConfigProblem,
} from "../../src/http/settings.ts";
import { parseClients, type TriggerClients } from "../../src/triggers/config.ts";

const MIN_SECRET_CHARACTERS = 32;
const DEFAULT_URL = "https://api.authsignal.com/v1";
const DEFAULT_CHALLENGE_HOST = "mfa.authsignal.com";

const SIGNING_SECRET_FIX = `must be a random secret of ${MIN_SECRET_CHARACTERS} characters or more, the same in all triggers`;

const apiUrl = httpUrl("the address of Authsignal's server API");

/** The settings of the functions that talk to Authsignal, by their names in the environment. */
export const triggerSettings = {
  SIGN_IN_CLIENTS: requiredText("must be a JSON object of app client ids"),
  AUTHSIGNAL_URL: (text: string) => apiUrl(text === "" ? DEFAULT_URL : text),
  AUTHSIGNAL_SECRET: requiredText("must be set to the secret key of Authsignal's server API"),
  AUTHSIGNAL_SECRET_PREVIOUS: optionalText,
  AUTHSIGNAL_CHALLENGE_HOSTS: optionalText,
  SIGN_IN_SECRET: checked((text) => text.length >= MIN_SECRET_CHARACTERS, SIGNING_SECRET_FIX),
  SIGN_IN_SECRET_PREVIOUS: optionalText,
};

/** What a function that talks to Authsignal runs with. */
export interface TriggerSettings {
  readonly clients: TriggerClients;
  readonly apiUrl: string;
  readonly secrets: readonly [string, string?];
  readonly challengeHosts: readonly string[];
  readonly signingSecrets: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings from the environment, or every problem with its field and fix. */
export function readSettings(env: Environment): Result<TriggerSettings, readonly ConfigProblem[]> {
  const parsed = readEnvironment(triggerSettings, env);
  const clients = parseClients(env["SIGN_IN_CLIENTS"]);
  if (!parsed.ok || !clients.ok) {
    const others = parsed.ok ? [] : parsed.error;
    return fail([
      ...others.filter(({ setting }) => setting !== "SIGN_IN_CLIENTS"),
      ...(clients.ok ? [] : clients.error),
    ]);
  }
  const { value: data } = parsed;
  const previous = data.SIGN_IN_SECRET_PREVIOUS;
  return ok({
    clients: clients.value,
    apiUrl: data.AUTHSIGNAL_URL,
    secrets:
      data.AUTHSIGNAL_SECRET_PREVIOUS === undefined
        ? [data.AUTHSIGNAL_SECRET]
        : [data.AUTHSIGNAL_SECRET, data.AUTHSIGNAL_SECRET_PREVIOUS],
    challengeHosts: splitList(data.AUTHSIGNAL_CHALLENGE_HOSTS ?? DEFAULT_CHALLENGE_HOST),
    signingSecrets: [data.SIGN_IN_SECRET, ...(previous === undefined ? [] : [previous])],
  });
}

/** The value, or an exception that names every setting and its fix: a function so configured must not start. */
export function orRefuseToStart<Value>(settings: Result<Value, readonly ConfigProblem[]>): Value {
  if (settings.ok) {
    return settings.value;
  }
  throw new Error(settings.error.map(({ setting, fix }) => `${setting} ${fix}`).join("; "));
}
