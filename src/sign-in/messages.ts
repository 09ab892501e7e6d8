import type { ErrorCode } from "../http/codes.ts";
import { ENGLISH } from "./languages/en.ts";
import { SPANISH } from "./languages/es.ts";

/** The public codes that a sign-in can end with; each has its sentence in every language. */
export const SIGN_IN_PROBLEMS = [
  "credentials_refused",
  "sign_in_expired",
  "challenge_refused",
  "sign_in_throttled",
  "sign_in_unavailable",
  "sign_in_failed",
  "session_revoked",
  "blocked",
  "review_required",
  "enrolment_required",
  "cross_site",
] as const satisfies readonly ErrorCode[];
export type SignInProblem = (typeof SIGN_IN_PROBLEMS)[number];

/** Every text of the sign-in pages in one language. */
export interface Messages {
  /** The language's own name for itself. */
  readonly language: string;
  readonly title: (app: string | undefined) => string;
  readonly username: string;
  readonly password: string;
  readonly submit: string;
  readonly continue: string;
  readonly whatNext: string;
  readonly languages: string;
  readonly reference: (code: string, requestId: string) => string;
  readonly protectedBy: string;
  readonly problems: Readonly<Record<SignInProblem, string>>;
}

/** The catalogue, by language tag. Another language is another file, and a line here. */
const CATALOGUE = { en: ENGLISH, es: SPANISH } as const satisfies Record<string, Messages>;
export type Language = keyof typeof CATALOGUE;
export const LANGUAGES: readonly Language[] = ["en", "es"];
const DEFAULT_LANGUAGE: Language = "en";

/** The texts of a language. */
export function messagesOf(language: Language): Messages {
  return CATALOGUE[language];
}

/** The language that somebody named; `undefined` for one that is not in the catalogue. */
export function namedLanguage(tag: string | null | undefined): Language | undefined {
  const wanted = (tag ?? "").toLowerCase();
  return LANGUAGES.find((language) => wanted === language || wanted.startsWith(`${language}-`));
}

/** The best language for an `Accept-Language` header (RFC 9110 section 12.5.4); the first of the catalogue otherwise. */
export function preferredLanguage(header: string | null): Language {
  const wishes = (header ?? "")
    .slice(0, 512)
    .split(",")
    .map((entry) => {
      const [tag = "", ...parameters] = entry.trim().split(";");
      const weight = parameters.map((one) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(one)?.[1]).find(Boolean);
      return { language: namedLanguage(tag), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  return wishes.find(({ language }) => language !== undefined)?.language ?? DEFAULT_LANGUAGE;
}
