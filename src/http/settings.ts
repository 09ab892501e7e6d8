import { fail, ok, type Result } from "./result.ts";

/** One thing that is wrong with the configuration: the setting, and what to do about it. */
export interface ConfigProblem {
  readonly setting: string;
  readonly fix: string;
}

/** Reads the text of one setting, empty where it is absent: its value, or the end of a sentence that begins with its name. */
export type Setting<Value> = (text: string) => Result<Value, string>;

type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** What the settings of a table are read to. */
export type SettingsOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

/**
 * Reads every setting of a table out of the environment, or names all that are wrong. Values are never repeated: some
 * are secrets. Settings are single texts, and every isolate reads them before its first answer: functions do it without
 * the schemas whose making was the larger part of a cold start (docs/performance.md).
 */
export function readEnvironment<Table extends SettingTable>(
  table: Table,
  env: object,
): Result<SettingsOf<Table>, readonly ConfigProblem[]> {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [setting, read] of Object.entries(table)) {
    const given: unknown = Reflect.get(env, setting) ?? "";
    const value = typeof given === "string" ? read(given) : fail("must be a text");
    if (value.ok) {
      values[setting] = value.value;
    } else {
      problems.push({ setting, fix: value.error });
    }
  }
  // Each name of the table has been read by its own function.
  return problems.length === 0 ? ok(values as SettingsOf<Table>) : fail(problems);
}

/** A text setting that must not be empty. */
export function requiredText(fix: string): Setting<string> {
  return checked((text) => text !== "", fix);
}

/** A text setting where empty means absent. */
export const optionalText: Setting<string | undefined> = (text) => ok(text === "" ? undefined : text);

/** A text that must pass a check, empty or not. */
export function checked(isGood: (text: string) => boolean, fix: string): Setting<string> {
  return (text) => (isGood(text) ? ok(text) : fail(fix));
}

/** A text that must pass a check, where empty means absent. */
export function checkedIfGiven(isGood: (text: string) => boolean, fix: string): Setting<string | undefined> {
  return (text) => (text === "" || isGood(text) ? optionalText(text) : fail(fix));
}

/** A comma-separated list, each entry of which must pass a check; empty is none. */
export function checkedList(isGood: (entry: string) => boolean, fix: string): Setting<readonly string[]> {
  return (text) => {
    const entries = splitList(text);
    return entries.every(isGood) ? ok(entries) : fail(fix);
  };
}

/** One of a few words; empty means the first. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  fix: string,
): Setting<Words[number]> {
  return (text) => {
    const chosen = words.find((word) => word === (text === "" ? words[0] : text));
    return chosen === undefined ? fail(fix) : ok(chosen);
  };
}

/** An absolute http(s) URL without a trailing slash, query or fragment. http is for local addresses only. */
export function httpUrl(what: string): Setting<string> {
  const fix = `must be ${what}, an https URL such as https://app.example.com (http only for local addresses)`;
  return (text) => (isHttpUrl(text) ? ok(text.replace(/\/$/, "")) : fail(fix));
}

/** The same where empty means absent. */
export function optionalHttpUrl(what: string): Setting<string | undefined> {
  return checkedIfGiven(
    isHttpUrl,
    `must be ${what}, an https URL (http only for local addresses), or absent`,
  );
}

/** A whole number within bounds; empty means the default. */
export function wholeNumber(defaultValue: number, minimum: number, maximum: number): Setting<number> {
  return (text) => {
    const value = text === "" ? defaultValue : Number(text);
    return /^\d{0,12}$/.test(text) && value >= minimum && value <= maximum
      ? ok(value)
      : fail(`must be a whole number from ${minimum} to ${maximum}`);
  };
}

/** A comma-separated list; white space around an entry is dropped, empty entries are none. */
export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Whether a host name is this machine's own. */
export function isLocalHost(hostname: string): boolean {
  return (
    hostname === "127.0.0.1" ||
    hostname === "[::1]" ||
    hostname === "localhost" ||
    hostname.endsWith(".localhost")
  );
}

/** Whether a text is an absolute https URL (or http to this machine) without user name, query and fragment. */
export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const url = new URL(text);
  const secure = url.protocol === "https:" || (url.protocol === "http:" && isLocalHost(url.hostname));
  return secure && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}
