import type { AuditRecord } from "../audit/record.ts";
import type { Sub } from "../identity/principal.ts";
import type { Ledger } from "../ledger/port.ts";
import type { SendAlert } from "./alert.ts";
import type { Effect, LedgerEffect } from "./reactions.ts";

/** What effects are applied with. */
export interface ReactPorts {
  readonly ledgerOf: (sub: Sub) => Pick<Ledger, "revoke" | "endGrants">;
  /** `undefined` when no alert URL is configured: the alert is then only recorded. */
  readonly sendAlert: SendAlert | undefined;
  readonly record: AuditRecord;
}

/**
 * Applies effects; one that fails holds up no other. Gives those that failed: whoever called tries all again, which
 * is safe, since the ledger applies each id once and a repeated alert carries the same id.
 */
export async function react(effects: readonly Effect[], ports: ReactPorts): Promise<Effect[]> {
  const outcomes = await Promise.allSettled(effects.map((effect) => apply(effect, ports)));
  return effects.filter((_, index) => outcomes[index]?.status === "rejected");
}

async function apply(effect: Effect, ports: ReactPorts): Promise<void> {
  switch (effect.kind) {
    case "revoke-user":
    case "end-grants":
      return applyToLedger(effect, ports);
    case "alert":
      return applyAlert(effect, ports);
    case "record":
      return ports.record({
        event: "event_received",
        requestId: effect.id,
        reason: effect.type,
        ...(effect.sub === undefined ? {} : { sub: effect.sub }),
      });
    default:
      return effect satisfies never;
  }
}

/** Only the first time is recorded: at receipt, usually; in the queue, when the ledger did not answer then. */
async function applyToLedger(effect: LedgerEffect, ports: ReactPorts): Promise<void> {
  const { id, sub, kind } = effect;
  const ledger = ports.ledgerOf(sub);
  const isNew =
    kind === "revoke-user"
      ? await ledger.revoke({ id, scope: "user", beforeMs: effect.beforeMs, reason: effect.reason })
      : await ledger.endGrants(id);
  if (isNew) {
    ports.record({ event: "revoked", requestId: id, sub, reason: kind });
  }
}

async function applyAlert(effect: Extract<Effect, { kind: "alert" }>, ports: ReactPorts): Promise<void> {
  const { sub } = effect.alert;
  const about = {
    event: "alert_failed",
    requestId: effect.id,
    ...(sub === undefined ? {} : { sub }),
  } as const;
  if (ports.sendAlert === undefined) {
    ports.record({ ...about, reason: "no alert URL is configured" });
    return;
  }
  try {
    await ports.sendAlert(effect.alert);
  } catch (error) {
    ports.record({ ...about, reason: error instanceof Error ? error.message : "unknown" });
    throw error;
  }
}
