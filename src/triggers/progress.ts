import type { SignInClient } from "./config.ts";
import type { Step } from "./events.ts";

/** What was proven before Authsignal is asked. */
export type FirstFactor = "none" | "srp" | "password";

/** Where a sign-in stands, and so what comes next. */
export type Progress =
  | { readonly next: "password" }
  | { readonly next: "prepare" }
  | {
      readonly next: "challenge";
      /** The secret name of this one sign-in, made by the first Create. */
      readonly nonce: string;
      /** From 1; enrolments count. */
      readonly round: number;
      readonly firstFactor: FirstFactor;
    }
  | { readonly next: "tokens" }
  | { readonly next: "refuse"; readonly reason: string };

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const METADATA = new RegExp(`^sallyport:(prepare|challenge|enrolment):(${UUID}):(\\d)$`);
/** Enrolling and then failing to be challenged must not go round for ever. */
const MAX_ENROLMENTS = 2;

/** The kind of a custom step, as Create writes it into `challengeMetadata`. */
export type StepKind = "prepare" | "challenge" | "enrolment";

/** What Create says of its step; Cognito keeps it and shows it to triggers alone. */
export function metadataOf(kind: StepKind, nonce: string, round: number): string {
  return `sallyport:${kind}:${nonce}:${round}`;
}

/** The idempotency key of one round: the same whenever Cognito calls the trigger again, no other sign-in's. */
export function keyOf(nonce: string, round: number): string {
  return `${nonce}-${round}`;
}

/**
 * Reads the steps of a sign-in. Every name, order, result and metadata must be what these triggers would have made;
 * anything else is refused: a correct `SRP_A`, which is always true, proves nothing (cognito.md section 4).
 */
export function progressOf(steps: readonly Step[], client: SignInClient): Progress {
  const first = readFirstFactor(steps, client);
  if ("next" in first) {
    return first;
  }
  const custom = steps.slice(first.length).map(readCustom);
  const [prepare, ...rounds] = custom;
  if (prepare === undefined) {
    return custom.length === 0 ? { next: "prepare" } : refuse("unknown_step");
  }
  if (prepare.kind !== "prepare" || !prepare.result || prepare.round !== 0) {
    return refuse("not_prepared");
  }
  let challenges = 0;
  let enrolments = 0;
  for (const [index, round] of rounds.entries()) {
    if (round === undefined || round.nonce !== prepare.nonce || round.round !== index + 1) {
      return refuse("unknown_step");
    }
    switch (round.kind) {
      case "challenge":
        if (round.result) {
          return index === rounds.length - 1 ? { next: "tokens" } : refuse("after_success");
        }
        challenges += 1;
        break;
      case "enrolment":
        enrolments += 1;
        break;
      case "prepare":
        return refuse("prepared_twice");
      default:
        return round.kind satisfies never;
    }
  }
  if (challenges >= client.maxAttempts || enrolments >= MAX_ENROLMENTS) {
    return refuse("too_many_rounds");
  }
  return {
    next: "challenge",
    nonce: prepare.nonce,
    round: rounds.length + 1,
    firstFactor: first.factor,
  };
}

/** The steps before the first of ours, as the flow demands them. */
function readFirstFactor(
  steps: readonly Step[],
  { flow }: SignInClient,
): Progress | { readonly factor: FirstFactor; readonly length: number } {
  if (flow === "passwordless") {
    return { factor: "none", length: 0 };
  }
  const [one, two] = steps;
  if (one?.challengeName === "ADMIN_NO_SRP_AUTH" && one.challengeResult) {
    return { factor: "password", length: 1 };
  }
  if (one?.challengeName !== "SRP_A" || !one.challengeResult) {
    return refuse("no_password");
  }
  if (two === undefined) {
    return { next: "password" };
  }
  return two.challengeName === "PASSWORD_VERIFIER" && two.challengeResult
    ? { factor: "srp", length: 2 }
    : refuse("password_not_proven");
}

interface CustomStep {
  readonly kind: StepKind;
  readonly nonce: string;
  readonly round: number;
  readonly result: boolean;
}

/** A step of ours; `undefined` for any other. */
function readCustom(step: Step): CustomStep | undefined {
  const [, kind, nonce, round] = METADATA.exec(step.challengeMetadata ?? "") ?? [];
  if (step.challengeName !== "CUSTOM_CHALLENGE" || nonce === undefined) {
    return undefined;
  }
  // The pattern names the three kinds.
  return { kind: kind as StepKind, nonce, round: Number(round), result: step.challengeResult };
}

function refuse(reason: string): Progress {
  return { next: "refuse", reason };
}
