import * as z from "zod/mini";

/** One thing that is wrong with the configuration: the setting, and what to do about it. */
export interface ConfigProblem {
  readonly setting: string;
  readonly fix: string;
}

/** A text setting that must not be empty. */
export function requiredText(fix: string) {
  return z.string(fix).check(z.minLength(1, fix));
}

/** A text setting where empty means absent. */
export const optionalText = z.pipe(
  z._default(z.string(), ""),
  z.transform((text) => (text === "" ? undefined : text)),
);

/** An absolute http(s) URL without a trailing slash, query or fragment. http is for local addresses only. */
export function httpUrl(what: string) {
  const fix = `must be ${what}, an https URL such as https://app.example.com (http only for local addresses)`;
  return z.pipe(
    z.string(fix).check(z.refine((text) => isHttpUrl(text), fix)),
    z.transform((text: string) => text.replace(/\/$/, "")),
  );
}

/** The same where empty means absent. */
export function optionalHttpUrl(what: string) {
  return z.pipe(
    optionalText,
    z.transform((text, context) => {
      if (text === undefined || isHttpUrl(text)) {
        return text;
      }
      const fix = `must be ${what}, an https URL (http only for local addresses), or absent`;
      context.issues.push({ code: "custom", message: fix, input: undefined });
      return z.NEVER;
    }),
  );
}

/** A whole number within bounds, given as text; absent or empty means the default. */
export function wholeNumber(defaultValue: number, minimum: number, maximum: number) {
  const fix = `must be a whole number from ${minimum} to ${maximum}`;
  return z.pipe(
    z._default(z.string(fix).check(z.regex(/^(?:\d{1,12})?$/, fix)), ""),
    z.transform((text: string, context) => {
      const value = text === "" ? defaultValue : Number(text);
      if (value < minimum || value > maximum) {
        context.issues.push({ code: "custom", message: fix, input: text });
        return z.NEVER;
      }
      return value;
    }),
  );
}

/** A comma-separated list; white space around an entry is dropped, empty entries are none. */
export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Names every setting that failed, once, with its fix. Values are never repeated: some are secrets. */
export function problemsOf(error: z.core.$ZodError): ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>();
  for (const issue of error.issues) {
    const setting = String(issue.path[0] ?? "");
    if (!problems.has(setting)) {
      problems.set(setting, { setting, fix: issue.message });
    }
  }
  return [...problems.values()];
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

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const url = new URL(text);
  const secure = url.protocol === "https:" || (url.protocol === "http:" && isLocalHost(url.hostname));
  return secure && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}
