import type { AuditRecord } from "../audit/record.ts";
import type { AuthsignalProblem } from "../authsignal/port.ts";
import { ok } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import type { Ledger } from "../ledger/port.ts";
import type { Roster, Waiting } from "../ledger/roster-port.ts";
import { asksForActions, untoldActions, type CompareActionsPorts } from "./compare-actions.ts";
import { untoldAuthenticators, type CompareAuthenticatorsPorts } from "./compare-authenticators.ts";
import type { AuthsignalEvent } from "./event.ts";

/** The part of a roster that a run needs. */
export type CatchUpRoster = Pick<Roster, "waiting" | "looked" | "asksForActions">;

export interface CatchUpPorts extends CompareAuthenticatorsPorts, CompareActionsPorts {
  readonly rosters: readonly CatchUpRoster[];
  readonly ledgerOf: (sub: Sub) => Pick<Ledger, "compareAuthenticators" | "compareActions">;
  /** Takes events as a delivery would: rejects when they are not durable. */
  readonly take: (events: readonly AuthsignalEvent[]) => Promise<void>;
  readonly record: AuditRecord;
  /** How many users one run compares at most: two questions to Authsignal each. */
  readonly maxUsers: number;
}

/** What one run did. */
export interface CaughtUp {
  readonly users: number;
  readonly differences: number;
  /** Users of whom something could not be concluded; they have their turn again. */
  readonly failed: number;
  /** Why the run ended early. */
  readonly stopped?: "authsignal_unavailable" | "out_of_time";
}

/** A run ends before the next one begins. */
const RUN_MS = 120_000;
/** Users in a row without an answer that are an outage; one alone may have a list that is too long to be read. */
const SILENCES = 2;

/**
 * Compares what Authsignal says of users active lately with what their ledgers heard of, one after the other, whoever
 * waits longest first: what a webhook should have told becomes an event with an id of its own that is the same in every
 * run. Where Authsignal fails nothing is concluded, and when it goes on failing the run stops: it has trouble enough.
 * Never rejects.
 */
export async function catchUp(ports: CatchUpPorts): Promise<CaughtUp> {
  const endMs = ports.nowMs() + RUN_MS;
  const total = { users: 0, differences: 0, failed: 0 };
  const looked = new Map<CatchUpRoster, Sub[]>();
  let stopped: CaughtUp["stopped"];
  let silences = 0;
  for (const { sub, roster, actionsSinceMs } of await turns(ports)) {
    if (ports.nowMs() >= endMs) {
      stopped = "out_of_time";
      break;
    }
    looked.set(roster, [...(looked.get(roster) ?? []), sub]);
    const outcome = await compareOne(sub, actionsSinceMs, ports);
    total.users += 1;
    total.differences += outcome.differences;
    total.failed += outcome.hasFailed ? 1 : 0;
    silences = outcome.trouble === "silence" ? silences + 1 : 0;
    if (outcome.trouble === "refusal" || silences === SILENCES) {
      stopped = "authsignal_unavailable";
      break;
    }
  }
  // Where it is not noted, they have their turn again: that repeats nothing.
  await Promise.allSettled([...looked].map(([roster, subs]) => roster.looked(subs)));
  return stopped === undefined ? total : { ...total, stopped };
}

interface Turn extends Waiting {
  readonly roster: CatchUpRoster;
  readonly actionsSinceMs: number | undefined;
}

/** Of all rosters together those who wait longest, in that order. */
async function turns({ rosters, maxUsers, reactions }: CatchUpPorts): Promise<readonly Turn[]> {
  const doesAsk = asksForActions(reactions);
  const ofEach = await Promise.all(
    rosters.map(async (roster) => {
      const [waiting, actionsSinceMs] = await Promise.all([
        roster.waiting(maxUsers).catch(() => []),
        roster.asksForActions(doesAsk).catch(() => undefined),
      ]);
      return waiting.map((one) => ({ ...one, roster, actionsSinceMs }));
    }),
  );
  return ofEach
    .flat()
    .toSorted((first, second) => first.sinceMs - second.sinceMs)
    .slice(0, maxUsers);
}

interface Outcome {
  readonly differences: number;
  readonly hasFailed: boolean;
  readonly trouble?: Trouble | undefined;
}

/** Authsignal said that it is in trouble, or said nothing. */
type Trouble = "refusal" | "silence";

/** Both questions at once; what one of them shows does not wait for the other to be answered well. */
async function compareOne(sub: Sub, sinceMs: number | undefined, ports: CatchUpPorts): Promise<Outcome> {
  const failed = (reason: string) => ports.record({ event: "catch_up_failed", requestId: "", sub, reason });
  try {
    const [authenticators, actions] = await Promise.all([
      untoldAuthenticators(sub, ports),
      sinceMs === undefined ? ok([]) : untoldActions(sub, sinceMs, ports),
    ]);
    const events = [...(authenticators.ok ? authenticators.value : []), ...(actions.ok ? actions.value : [])];
    if (events.length > 0) {
      await ports.take(events);
    }
    const problems = [authenticators, actions].flatMap((half) => (half.ok ? [] : [half.error]));
    problems.forEach(({ reason }) => failed(reason));
    return {
      differences: events.length,
      hasFailed: problems.length > 0,
      trouble: problems.map(troubleOf).find((trouble) => trouble !== undefined),
    };
  } catch {
    failed("the ledger or the queue failed");
    return { differences: 0, hasFailed: true };
  }
}

function troubleOf(problem: AuthsignalProblem): Trouble | undefined {
  switch (problem.reason) {
    case "refused":
      // Also a refusal of the key: the next user would be refused the same.
      return problem.status >= 500 || [401, 403, 429].includes(problem.status) ? "refusal" : undefined;
    case "bad_answer":
    case "bad_question":
      return undefined;
    default:
      return "silence";
  }
}
