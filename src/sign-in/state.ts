import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import { COOKIE_PREFIX } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import { signInCookieName } from "../identity/sign-in-cookie.ts";

/** A challenge that waits for its sign-in (`SignInTransaction.adopt`). */
export interface Adoption {
  readonly challenge: string;
  readonly from: string;
}

/** The form is open in this browser. */
export interface FormState {
  readonly kind: "form";
  readonly id: string;
  /** A path on this origin, to come back to. */
  readonly returnTo: string;
  readonly startedAtSeconds: number;
  readonly adopt?: Adoption | undefined;
}

/** The person is at Authsignal. Holds Cognito's `Session`, which is good for one answer. */
export interface CheckState {
  readonly kind: "check";
  /** After an enrolment Cognito asks on; after a challenge it may give tokens. */
  readonly round: "challenge" | "enrolment";
  readonly session: string;
  /** The pool's own name of the user. */
  readonly username: string;
  /** What CreateAuthChallenge wants to see again with the answer. */
  readonly ticket?: string | undefined;
  readonly returnTo: string;
  readonly startedAtSeconds: number;
  readonly adopt?: Adoption | undefined;
}

/** One check at a time: Authsignal returns to one address, and only the newest sign-in of a browser can go on. */
export const CHECK_COOKIE = `${COOKIE_PREFIX}sign-in-check`;
/** A program keeps its check itself; its sealed state is no cookie, and a cookie is none of its states. */
const PROGRAM_CONTEXT = "sign-in-program";
/** How long somebody may look at the form. */
export const FORM_SECONDS = 600;
/** With the rest of a cookie below what browsers keep; a way back that does not fit is given up. */
const MAX_SEALED_CHARACTERS = 3_800;
const MAX_RETURN_TO_CHARACTERS = 1_500;
/** A name of up to 128 characters and its quotes; one that takes more has many that are not ASCII. */
const NAME_BYTES = 130;

const adoption = onFirstUse(() => z.optional(z.object({ challenge: z.string(), from: z.string() })));
const formSchema = onFirstUse(() =>
  z.object({
    kind: z.literal("form"),
    id: z.string(),
    returnTo: z.string(),
    startedAtSeconds: z.number(),
    adopt: adoption(),
  }),
);
const checkSchema = onFirstUse(() =>
  z.object({
    kind: z.literal("check"),
    round: z.enum(["challenge", "enrolment"]),
    session: z.string(),
    username: z.string(),
    ticket: z.optional(z.string()),
    returnTo: z.string(),
    startedAtSeconds: z.number(),
    adopt: adoption(),
  }),
);

/** Seals a form's state for the cookie `signInCookieName(id)`. */
export async function sealForm(keyring: Keyring, state: FormState): Promise<string> {
  const returnTo = state.returnTo.length > MAX_RETURN_TO_CHARACTERS ? "/" : state.returnTo;
  return seal(keyring, { ...state, returnTo }, signInCookieName(state.id));
}

/** The form's state, if this browser has it and it is recent. */
export async function openForm(
  keyring: Keyring,
  id: string,
  cookie: string | undefined,
  nowSeconds: number,
): Promise<FormState | undefined> {
  const state = formSchema().safeParse(await open(keyring, cookie, signInCookieName(id))).data;
  return state?.id === id && isRecent(state, FORM_SECONDS, nowSeconds) ? state : undefined;
}

/** Seals a check for `CHECK_COOKIE`; `undefined` when Cognito's `Session` is too long for a cookie. */
export async function sealCheck(keyring: Keyring, state: CheckState): Promise<string | undefined> {
  const sealed = await seal(keyring, state, CHECK_COOKIE);
  if (sealed.length <= MAX_SEALED_CHARACTERS) {
    return sealed;
  }
  const shorter = await seal(keyring, { ...state, returnTo: "/" }, CHECK_COOKIE);
  return shorter.length <= MAX_SEALED_CHARACTERS ? shorter : undefined;
}

/** The check, if this browser has one. `isLate` when Cognito will not take its answer any more. */
export async function openCheck(
  keyring: Keyring,
  cookie: string | undefined,
  lifeSeconds: number,
  nowSeconds: number,
): Promise<{ readonly state: CheckState; readonly isLate: boolean } | undefined> {
  const state = checkSchema().safeParse(await open(keyring, cookie, CHECK_COOKIE)).data;
  return state === undefined ? undefined : { state, isLate: !isRecent(state, lifeSeconds, nowSeconds) };
}

/** Seals a check for a program to bring back. */
export function sealProgramCheck(keyring: Keyring, state: CheckState): Promise<string> {
  return seal(keyring, state, PROGRAM_CONTEXT);
}

/** The check that a program brings back; otherwise as `openCheck`. */
export async function openProgramCheck(
  keyring: Keyring,
  sealed: string,
  lifeSeconds: number,
  nowSeconds: number,
): Promise<{ readonly state: CheckState; readonly isLate: boolean } | undefined> {
  const state = checkSchema().safeParse(await open(keyring, sealed, PROGRAM_CONTEXT)).data;
  return state === undefined ? undefined : { state, isLate: !isRecent(state, lifeSeconds, nowSeconds) };
}

function isRecent(
  { startedAtSeconds }: { readonly startedAtSeconds: number },
  lifeSeconds: number,
  nowSeconds: number,
): boolean {
  return nowSeconds - startedAtSeconds <= lifeSeconds;
}

/**
 * Cognito gives the pool's own name for an address that somebody has, and the address itself for one that nobody has:
 * the length of what is sealed must not tell which.
 */
function seal(keyring: Keyring, state: FormState | CheckState, name: string): Promise<string> {
  const encoder = new TextEncoder();
  const nameBytes = state.kind === "check" ? encoder.encode(JSON.stringify(state.username)).length : 0;
  const padding = state.kind === "check" ? { padding: " ".repeat(Math.max(0, NAME_BYTES - nameBytes)) } : {};
  return keyring.seal("sign-in", encoder.encode(JSON.stringify({ ...state, ...padding })), name);
}

async function open(keyring: Keyring, cookie: string | undefined, name: string): Promise<unknown> {
  const opened = cookie === undefined ? undefined : await keyring.open("sign-in", cookie, name);
  return opened === undefined ? undefined : JSON.parse(new TextDecoder().decode(opened));
}
