import { DELIVERY_SILENCE_MS } from "../../../src/ledger/transitions.ts";

/** What the ledger is asked, about challenges by number, as both the real one and the model understand it. */
export type Step =
  | { readonly do: "open"; readonly session: number; readonly kind: "step-up" | "enrolment" | "review" }
  | {
      readonly do: "pend";
      readonly nth: number;
      readonly to: "pending" | "succeeded";
      readonly kept: boolean;
      readonly supersedes: number | undefined;
    }
  | { readonly do: "drop"; readonly nth: number }
  | { readonly do: "settle"; readonly nth: number; readonly to: "succeeded" | "cancelled" | "failed" }
  | { readonly do: "consume"; readonly nth: number; readonly proof: "ticket" | "binding" | "other" }
  | { readonly do: "finish"; readonly nth: number; readonly to: "delivered" | "uncertain" }
  | { readonly do: "sendAgain"; readonly nth: number }
  | { readonly do: "revoke"; readonly session: number };

/** One challenge as the model has it. */
export interface ModelChallenge {
  readonly session: number;
  readonly kind: "step-up" | "enrolment" | "review";
  state: string;
  expiresAtMs: number;
  consumedAtMs: number;
  hasKept: boolean;
  isGone: boolean;
}

/** A user's ledger by the words of docs/step-up.md: plain, slow, and written without a look at the real one. */
export interface Model {
  nowMs: number;
  readonly revoked: Set<number>;
  readonly challenges: ModelChallenge[];
}

export const LIFE_MS = 600_000;

export function newModel(): Model {
  return { nowMs: 0, revoked: new Set(), challenges: [] };
}

export function copyOf(model: Model): Model {
  return {
    nowMs: model.nowMs,
    revoked: new Set(model.revoked),
    challenges: model.challenges.map((challenge) => ({ ...challenge })),
  };
}

/** The state that anybody sees now. */
export function stateNow({ nowMs }: Model, one: ModelChallenge): string {
  if (one.state === "consumed") {
    return nowMs - one.consumedAtMs >= DELIVERY_SILENCE_MS ? "uncertain" : "consumed";
  }
  const ends = ["opening", "pending", "succeeded", "uncertain", "cancelled", "failed"];
  return ends.includes(one.state) && nowMs >= one.expiresAtMs ? "expired" : one.state;
}

/** Takes a step, and gives what its caller is told. */
export function take(model: Model, step: Step): unknown {
  if (step.do === "open") {
    if (model.revoked.has(step.session)) {
      return "revoked";
    }
    model.challenges.push({
      session: step.session,
      kind: step.kind,
      state: "opening",
      expiresAtMs: model.nowMs + LIFE_MS,
      consumedAtMs: 0,
      hasKept: false,
      isGone: false,
    });
    return "opened";
  }
  if (step.do === "revoke") {
    model.revoked.add(step.session);
    for (const one of model.challenges.filter(({ session }) => session === step.session)) {
      one.isGone = true;
    }
    return "revoked";
  }
  const one = model.challenges[step.nth];
  const isThere = one !== undefined && !one.isGone;
  switch (step.do) {
    case "drop":
      if (isThere && one.state === "opening") {
        one.isGone = true;
      }
      return !model.revoked.has(one?.session ?? 0);
    case "pend":
      return isThere && pend(model, one, step);
    case "settle":
      if (!isThere) {
        return undefined;
      }
      if (stateNow(model, one) === "pending") {
        one.state = step.to;
        if (one.kind === "review" && step.to === "succeeded") {
          one.expiresAtMs = Math.max(one.expiresAtMs, model.nowMs + LIFE_MS);
        }
      }
      return stateNow(model, one);
    case "consume":
      return consume(model, isThere ? one : undefined, step.proof);
    case "finish":
      if (isThere) {
        finish(model, one, step.to);
      }
      return undefined;
    case "sendAgain":
      if (!isThere || stateNow(model, one) !== "uncertain" || !one.hasKept) {
        return false;
      }
      one.state = "succeeded";
      one.expiresAtMs = Math.max(one.expiresAtMs, model.nowMs + LIFE_MS);
      return true;
  }
}

function pend(model: Model, one: ModelChallenge, step: Extract<Step, { do: "pend" }>): boolean {
  if (stateNow(model, one) !== "opening") {
    return false;
  }
  if (step.supersedes !== undefined) {
    const old = model.challenges[step.supersedes];
    const may =
      old !== undefined &&
      !old.isGone &&
      old.session === one.session &&
      ["pending", "succeeded", "cancelled", "failed"].includes(stateNow(model, old));
    if (!may) {
      return false;
    }
    old.state = "superseded";
    old.hasKept = false;
  }
  one.state = step.to;
  one.hasKept = step.kept;
  return true;
}

function consume(
  model: Model,
  one: ModelChallenge | undefined,
  proof: "ticket" | "binding" | "other",
): string {
  if (one === undefined) {
    return "not_found";
  }
  if (proof === "other") {
    return "mismatch";
  }
  const state = stateNow(model, one);
  if (["consumed", "delivered", "uncertain"].includes(state)) {
    return "used";
  }
  if (["cancelled", "failed", "expired", "superseded"].includes(state)) {
    return "ended";
  }
  if (state !== "succeeded" || one.kind === "enrolment") {
    return "not_ready";
  }
  if (proof === "ticket" && !one.hasKept) {
    return "mismatch";
  }
  one.state = "consumed";
  one.consumedAtMs = model.nowMs;
  return "ok";
}

function finish(model: Model, one: ModelChallenge, to: "delivered" | "uncertain"): void {
  const state = stateNow(model, one);
  if (state === "consumed" || (state === "uncertain" && to === "delivered")) {
    one.state = to;
    one.hasKept &&= to === "uncertain";
  }
}
