import type { ClientMetadata, PoolSignIn, SignInStep } from "../cognito/sign-in.ts";
import type { PoolProblem } from "../cognito/user-pool-api.ts";
import { ERROR_CODES, type ErrorCode } from "../http/codes.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { SIGN_IN_PROBLEMS, type SignInProblem } from "./messages.ts";

/** Where a sign-in stands for whoever began it. */
export type Standing =
  | Extract<SignInStep, { kind: "tokens" }>
  | {
      readonly kind: "check";
      readonly round: "challenge" | "enrolment";
      readonly session: string;
      readonly username: string;
      readonly ticket: string | undefined;
      /** Authsignal's page, or its token for an app's own; the pool's triggers say which. */
      readonly url: string | undefined;
      readonly token: string | undefined;
    };

/** Why a sign-in does not go on: what to tell, and what to record. */
export interface Stopped {
  readonly problem: SignInProblem;
  readonly reason: string;
}

/** What the triggers are told of the request, for this user name. */
export type Vouch = (username: string) => Promise<ClientMetadata>;

/** More steps than the triggers make between two questions to a person. */
const MAX_STEPS = 4;

/** Begins a sign-in: the name alone, or with its password. */
export async function begin(
  pool: PoolSignIn,
  who: { readonly username: string; readonly password: string | undefined },
  vouch: Vouch,
): Promise<Result<Standing, Stopped>> {
  const { username, password } = who;
  const started = await (password === undefined
    ? pool.start(username)
    : pool.startWithPassword(username, password, await vouch(username)));
  return goOn(pool, started, vouch);
}

/** Answers a check with the token that Authsignal gave after it. */
export async function answer(
  pool: PoolSignIn,
  check: { readonly session: string; readonly username: string; readonly ticket?: string | undefined },
  token: string,
  vouch: Vouch,
): Promise<Result<Standing, Stopped>> {
  return goOn(pool, await pool.answer(check, token, await shown(check, token, vouch)), vouch);
}

/**
 * Does what the triggers ask of a client until a person is needed: says where the request comes from (`prepare`),
 * and shows the token of a challenge that was waived (`allowed`).
 */
async function goOn(
  pool: PoolSignIn,
  first: Result<SignInStep, PoolProblem>,
  vouch: Vouch,
): Promise<Result<Standing, Stopped>> {
  let step = first;
  for (let count = 0; count < MAX_STEPS; count += 1) {
    if (!step.ok) {
      return fail(stoppedBy(step.error));
    }
    if (step.value.kind === "tokens") {
      return ok(step.value);
    }
    const { session, username, parameters } = step.value;
    const { step: name, ticket, token, url } = parameters;
    switch (name) {
      case "prepare":
        // One step after the other: each answers the one before.
        // oxlint-disable-next-line no-await-in-loop
        step = await pool.answer({ session, username }, "ready", await vouch(username));
        break;
      case "allowed": {
        const metadata = token === undefined ? {} : await shown({ username, ticket }, token, vouch); // oxlint-disable-line no-await-in-loop
        step = await pool.answer({ session, username }, token ?? "", metadata); // oxlint-disable-line no-await-in-loop
        break;
      }
      case "challenge":
      case "enrolment":
        return ok({ kind: "check", round: name, session, username, ticket, url, token });
      default:
        return fail({ problem: "sign_in_unavailable", reason: "the triggers are not Sallyport's" });
    }
  }
  return fail({ problem: "sign_in_unavailable", reason: "the triggers ask on and on" });
}

/** The last triggers hear nothing of the challenge itself: they are shown its token. */
async function shown(
  { username, ticket }: { readonly username: string; readonly ticket?: string | undefined },
  token: string,
  vouch: Vouch,
): Promise<ClientMetadata> {
  const vouched = await vouch(username);
  return ticket === undefined ? vouched : { ...vouched, ticket, token };
}

/** What a person is told of a call that did not do what it was to. */
export function stoppedBy(problem: PoolProblem): Stopped {
  switch (problem.reason) {
    case "not_authorized":
      return { problem: "credentials_refused", reason: problem.reason };
    case "session_over":
      return { problem: "sign_in_expired", reason: problem.reason };
    case "user_not_ready":
      // Nobody is told which names have an account, whatever its state.
      return { problem: "credentials_refused", reason: problem.error };
    case "throttled":
      return { problem: "sign_in_throttled", reason: "cognito" };
    case "trigger_refused":
      return refusedByTrigger(problem.message);
    case "unavailable":
      return { problem: "sign_in_unavailable", reason: "cognito" };
    case "user_exists":
      return { problem: "sign_in_unavailable", reason: problem.reason };
    case "misconfigured":
      return { problem: "sign_in_unavailable", reason: problem.error };
    default:
      return problem satisfies never;
  }
}

/** "CreateAuthChallenge failed with error blocked." carries one of our codes, or somebody else's words. */
function refusedByTrigger(message: string): Stopped {
  const code = /failed with error ([a-z_]{1,40})\.?$/.exec(message)?.[1] ?? "";
  const known = SIGN_IN_PROBLEMS.find((one) => one === code);
  if (known !== undefined && known !== "sign_in_failed") {
    return { problem: known, reason: "trigger" };
  }
  const reason = isCode(code) ? code : "a trigger's own words";
  return { problem: "sign_in_unavailable", reason };
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
