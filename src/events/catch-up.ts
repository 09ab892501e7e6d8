import type { AuditRecord } from "../audit/record.ts";
import type { UserApi } from "../authsignal/user-api.ts";
import type { AuthsignalProblem } from "../authsignal/port.ts";
import type { Sub } from "../identity/principal.ts";
import type { Difference } from "../ledger/authenticator-list.ts";
import type { Ledger } from "../ledger/port.ts";
import type { Roster } from "../ledger/roster-port.ts";
import type { AuthsignalEvent } from "./event.ts";

export interface CatchUpPorts {
  readonly rosters: readonly Pick<Roster, "next" | "looked">[];
  readonly ledgerOf: (sub: Sub) => Pick<Ledger, "compareAuthenticators">;
  readonly authenticators: UserApi["authenticators"];
  /** Takes events as a delivery would: rejects when they are not durable. */
  readonly take: (events: readonly AuthsignalEvent[]) => Promise<void>;
  readonly record: AuditRecord;
  readonly nowMs: () => number;
  readonly tenantId: string;
  /** How many users one run compares at most: one question to Authsignal each. */
  readonly maxUsers: number;
}

/** What one run did. */
export interface CaughtUp {
  readonly users: number;
  readonly differences: number;
  /** Users of whom nothing could be concluded; they have their turn again. */
  readonly failed: number;
  /** Why the run ended early. */
  readonly stopped?: "authsignal_unavailable" | "out_of_time";
}

/** A run ends before the next one begins. */
const RUN_MS = 120_000;

/**
 * Compares what Authsignal says of users active lately with what their ledgers heard of, one after the other: what a
 * webhook should have told becomes an event with an id of its own that is the same in every run. Where Authsignal fails
 * nothing is concluded, and the run stops: it has trouble enough. Never rejects.
 */
export async function catchUp(ports: CatchUpPorts): Promise<CaughtUp> {
  const endMs = ports.nowMs() + RUN_MS;
  const perRoster = Math.ceil(ports.maxUsers / ports.rosters.length);
  const total = { users: 0, differences: 0, failed: 0 };
  let stopped: CaughtUp["stopped"];
  for (const roster of ports.rosters) {
    const subs = await roster.next(Math.min(perRoster, ports.maxUsers - total.users)).catch(() => []);
    const looked: Sub[] = [];
    for (const sub of stopped === undefined ? subs : []) {
      if (ports.nowMs() >= endMs) {
        stopped = "out_of_time";
        break;
      }
      looked.push(sub);
      const outcome = await compareOne(sub, ports);
      total.users += 1;
      total.differences += outcome.differences;
      total.failed += outcome.problem === undefined ? 0 : 1;
      if (outcome.problem === "authsignal_unavailable") {
        stopped = outcome.problem;
        break;
      }
    }
    // Where it is not noted, they have their turn again: that repeats nothing.
    await roster.looked(looked).catch(() => undefined);
  }
  return stopped === undefined ? total : { ...total, stopped };
}

async function compareOne(
  sub: Sub,
  ports: CatchUpPorts,
): Promise<{ readonly differences: number; readonly problem?: string }> {
  const askedAtMs = ports.nowMs();
  const answer = await ports.authenticators(sub);
  if (!answer.ok) {
    ports.record({ event: "catch_up_failed", requestId: "", sub, reason: answer.error.reason });
    return {
      differences: 0,
      problem: isOutage(answer.error) ? "authsignal_unavailable" : answer.error.reason,
    };
  }
  try {
    const list = { askedAtMs, authenticators: answer.value };
    const differences = await ports.ledgerOf(sub).compareAuthenticators(list);
    if (differences.length > 0) {
      await ports.take(differences.map((difference) => eventOf(sub, difference, ports.tenantId)));
    }
    return { differences: differences.length };
  } catch {
    ports.record({ event: "catch_up_failed", requestId: "", sub, reason: "the ledger or the queue failed" });
    return { differences: 0, problem: "not_durable" };
  }
}

/** What the webhook would have said, but for its id. */
export function eventOf(
  sub: Sub,
  { id, method, change, createdAtMs }: Difference,
  tenantId: string,
): AuthsignalEvent {
  return {
    kind: "authenticator",
    id: `catch-up:${change}:${id}`,
    type: `authenticator.${change}`,
    tenantId,
    atMs: createdAtMs,
    sub,
    authenticatorId: id,
    verificationMethod: method === "" ? undefined : method,
  };
}

/** Also a refusal of the key: the next user would be refused the same. */
function isOutage(problem: AuthsignalProblem): boolean {
  return problem.reason === "refused"
    ? problem.status >= 500 || [401, 403, 429].includes(problem.status)
    : problem.reason !== "bad_answer" && problem.reason !== "bad_question";
}
