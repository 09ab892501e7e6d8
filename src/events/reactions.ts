import type { Sub } from "../identity/principal.ts";
import type { Reaction } from "../policy/schema.ts";
import type { Alert } from "./alert.ts";
import type { AuthsignalEvent } from "./event.ts";
import { summaryOf } from "./summary.ts";

/** One thing to do about an event. Its `id` is the same however often the event comes: `event/reaction`. */
export type Effect = { readonly id: string; readonly reaction: string } & (
  | { readonly kind: "revoke-user"; readonly sub: Sub; readonly beforeMs: number; readonly reason: string }
  | { readonly kind: "end-grants"; readonly sub: Sub }
  | { readonly kind: "alert"; readonly alert: Alert }
  | { readonly kind: "record"; readonly sub: Sub | undefined; readonly type: string }
);

/** An effect on the user's ledger: these are applied at receipt already, before the queue (design decision 14). */
export type LedgerEffect = Extract<Effect, { kind: "revoke-user" | "end-grants" }>;

/** Whether an effect is one on a ledger. */
export function isLedgerEffect(effect: Effect): effect is LedgerEffect {
  return effect.kind === "revoke-user" || effect.kind === "end-grants";
}

/**
 * What the policy does with an event, in the policy's order. Pure.
 *
 * A revocation ends what was signed in at or before the event, not what came after it: a late or repeated delivery
 * leaves a new sign-in alone. A time in the future counts as now. Events without a user revoke nothing.
 */
export function effectsOf(event: AuthsignalEvent, reactions: readonly Reaction[], nowMs: number): Effect[] {
  return reactions
    .filter((reaction) => reaction.on.includes(event.type))
    .flatMap((reaction) =>
      [...new Set(reaction.do)].flatMap((kind) => effectOf(kind, event, reaction, nowMs) ?? []),
    );
}

function effectOf(
  kind: Reaction["do"][number],
  event: AuthsignalEvent,
  reaction: Reaction,
  nowMs: number,
): Effect | undefined {
  const { sub, type } = event;
  const id = `${event.id}/${reaction.id}`;
  const common = { id, reaction: reaction.id };
  switch (kind) {
    case "revoke-user":
      return sub && { ...common, kind, sub, beforeMs: Math.min(event.atMs, nowMs), reason: type };
    case "end-grants":
      return sub && { ...common, kind, sub };
    case "alert": {
      const at = new Date(event.atMs).toISOString();
      const summary = summaryOf(event, reaction.do);
      return { ...common, kind, alert: { id, type, sub, reaction: reaction.id, at, summary } };
    }
    case "record":
      return { ...common, kind, sub, type };
    default:
      return kind satisfies never;
  }
}
