import type { AuthsignalProblem } from "../authsignal/port.ts";
import type { UserAction } from "../authsignal/user-actions.ts";
import type { UserApi } from "../authsignal/user-api.ts";
import { ok, type Result } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import { ACTION_LOOK_BACK_MS } from "../ledger/action-look.ts";
import type { Ledger } from "../ledger/port.ts";
import type { Reaction } from "../policy/schema.ts";
import { followedActionId, type FollowedAction } from "./followed-action.ts";
import { reactionsTo } from "./reactions.ts";

export interface CompareActionsPorts {
  readonly ledgerOf: (sub: Sub) => Pick<Ledger, "compareActions">;
  readonly actions: UserApi["actions"];
  readonly reactions: readonly Reaction[];
  readonly nowMs: () => number;
  readonly tenantId: string;
}

const TYPE = "action.log_created";

/**
 * How long a state stays that is only passed through: a challenge can still be met, by far, and what was allowed may be
 * challenged all the same a moment later (`fresh: "once"`). A log record tells only what comes after that.
 */
function passingMs(state: string): number {
  switch (state) {
    case "CHALLENGE_REQUIRED":
      return 3_600_000;
    case "ALLOW":
      return 60_000;
    default:
      return Number.NEGATIVE_INFINITY; // whatever the other clock says
  }
}

/** Whether a policy does anything about actions: else nobody has to ask for them. */
export function asksForActions(reactions: readonly Reaction[]): boolean {
  return reactions.some(({ on }) => on.includes(TYPE));
}

/**
 * The events that log records should have told, or will: an action is an event as soon as its state stays. Rejects when
 * the ledger does not answer.
 *
 * @param sinceMs what happened up to then is taken as given.
 */
export async function untoldActions(
  sub: Sub,
  sinceMs: number,
  ports: CompareActionsPorts,
): Promise<Result<readonly FollowedAction[], AuthsignalProblem>> {
  const nowMs = ports.nowMs();
  const answer = await ports.actions(sub, nowMs - ACTION_LOOK_BACK_MS);
  if (!answer.ok) {
    return answer;
  }
  const staying = answer.value.filter(({ state, stateAtMs }) => nowMs - stateAtMs >= passingMs(state));
  const events = await Promise.all(staying.map((action) => actionEvent(sub, action, ports.tenantId)));
  const untold = new Set(
    await ports.ledgerOf(sub).compareActions({
      sinceMs: Math.max(sinceMs, nowMs - ACTION_LOOK_BACK_MS),
      states: events.map((event) => ({
        id: event.id,
        atMs: event.atMs,
        isWanted: reactionsTo(event, ports.reactions).length > 0,
      })),
    }),
  );
  return ok(events.filter(({ id }) => untold.has(id)));
}

/** What the log record says, as far as the list has it too. */
export async function actionEvent(sub: Sub, listed: UserAction, tenantId: string): Promise<FollowedAction> {
  const { action, idempotencyKey, state, stateAtMs, verificationMethod, countryCode } = listed;
  const event = {
    kind: "action-log",
    type: TYPE,
    tenantId,
    atMs: stateAtMs,
    sub,
    action,
    idempotencyKey,
    state,
    outcome: outcomeOf(state),
    verificationMethod,
    countryCode,
  } as const;
  return { ...event, id: await followedActionId(event) };
}

/** The list leaves the outcome out (authsignal.md 2.7). An action begins in the state that it brings (7.1). */
function outcomeOf(state: string): string | undefined {
  return ["ALLOW", "BLOCK", "CHALLENGE", "REVIEW"].find(
    (outcome) => state === outcome || state.startsWith(`${outcome}_`),
  );
}
