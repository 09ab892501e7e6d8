import type { AuditRecord } from "../audit/record.ts";
import type { UserApi } from "../authsignal/user-api.ts";
import type { UserPool } from "../cognito/user-pool.ts";
import type { Sub } from "../identity/principal.ts";
import type { OutsideEffect } from "../ledger/event-reactions.ts";
import type { Reaction } from "../policy/schema.ts";
import type { SendAlert } from "./alert.ts";
import type { AuthsignalEvent } from "./event.ts";
import { summaryOf } from "./summary.ts";

/** Carries out one effect outside the ledger. Gives why it has to be tried again, without a secret; never rejects. */
export type Outside = (
  effect: OutsideEffect,
  event: AuthsignalEvent,
  reaction: Reaction,
) => Promise<string | undefined>;

export interface OutsidePorts {
  /** `undefined` where no AWS credentials are configured. */
  readonly userPool: UserPool | undefined;
  /** `undefined` where no Authsignal URL is configured. */
  readonly authsignal: Pick<UserApi, "revokeSessions"> | undefined;
  /** `undefined` where no alert URL is configured: the alert is then only recorded. */
  readonly sendAlert: SendAlert | undefined;
  readonly record: AuditRecord;
}

/** Wires the effects outside the ledger. What is not configured fails, so that the event waits until it is. */
export function outsideEffects(ports: OutsidePorts): Outside {
  return async (effect, event, reaction) => {
    switch (effect) {
      case "sign-out-cognito":
        return ofUser(event.sub, ports.userPool?.signOut, "no AWS credentials are configured");
      case "disable-user":
        return ofUser(event.sub, ports.userPool?.disable, "no AWS credentials are configured");
      case "revoke-authsignal-sessions":
        return ofUser(event.sub, ports.authsignal?.revokeSessions, "AUTHSIGNAL_URL is not configured");
      case "alert":
        return alert(event, reaction, ports);
      case "record":
        ports.record({
          event: "event_received",
          requestId: `${event.id}/${reaction.id}`,
          reason: event.type,
          ...(event.sub === undefined ? {} : { sub: event.sub }),
        });
        return undefined;
      default:
        return effect satisfies never;
    }
  };
}

async function ofUser(
  sub: Sub | undefined,
  call: ((sub: Sub) => Promise<string | undefined>) | undefined,
  missing: string,
): Promise<string | undefined> {
  return sub === undefined ? undefined : call === undefined ? missing : call(sub);
}

async function alert(
  event: AuthsignalEvent,
  reaction: Reaction,
  ports: OutsidePorts,
): Promise<string | undefined> {
  const { type, sub } = event;
  const id = `${event.id}/${reaction.id}`;
  const about = { event: "alert_failed", requestId: id, ...(sub === undefined ? {} : { sub }) } as const;
  if (ports.sendAlert === undefined) {
    ports.record({ ...about, reason: "no alert URL is configured" });
    return undefined;
  }
  const at = new Date(event.atMs).toISOString();
  try {
    const summary = summaryOf(event, reaction.do);
    await ports.sendAlert({ id, type, sub, reaction: reaction.id, at, summary });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    ports.record({ ...about, reason });
    return reason;
  }
}
