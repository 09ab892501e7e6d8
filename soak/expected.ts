import { effectMark } from "../src/ledger/event-reactions.ts";
import type { PlannedEvent } from "./plan.ts";
import { LOG_REACTION, PASSKEY_REACTION, REACTION, THRESHOLD, THRESHOLD_REACTION } from "./policy.ts";

/** What was done elsewhere, compared with what must be. */
export interface Compared {
  /** Events of which an effect is missing. */
  readonly lost: ReadonlySet<PlannedEvent>;
  /** Effects that nothing calls for. */
  readonly strangers: readonly string[];
  readonly problems: readonly string[];
}

/** Events of the soak's own, which are in no plan. */
export const PROBE_PREFIX = "probe-";

const THRESHOLD_END = `/${THRESHOLD_REACTION}`;

/** The marks of all that must be done elsewhere about an event, but for what only happens at a threshold. Pure. */
export function wantedOf({ id, kind }: PlannedEvent): readonly string[] {
  switch (kind) {
    case "log":
      return [effectMark("alert", id, LOG_REACTION)];
    case "deleted":
      return [effectMark("alert", id, REACTION)];
    case "passkey":
      return [
        effectMark("alert", id, REACTION),
        effectMark("sign-out-cognito", id, PASSKEY_REACTION),
        effectMark("revoke-authsignal-sessions", id, PASSKEY_REACTION),
      ];
    default:
      return kind satisfies never;
  }
}

/**
 * Compares the marks of what was done with a plan. Which of a user's log records reaches the threshold depends on the
 * order in which they come; how many do, does not: they all lie within its time, and each counts once. Pure.
 */
export function compare(events: readonly PlannedEvent[], done: ReadonlySet<string>): Compared {
  const lost = new Set<PlannedEvent>();
  const problems: string[] = [];
  const known = new Set<string>();
  for (const event of events) {
    for (const mark of wantedOf(event)) {
      known.add(mark);
      if (!done.has(mark)) {
        lost.add(event);
        problems.push(`${mark} was never done, of ${event.sub}`);
      }
    }
  }
  const strangers: string[] = [];
  for (const logs of logsByUser(events).values()) {
    const marks = logs.map(({ id }) => effectMark("alert", id, THRESHOLD_REACTION));
    const reached = marks.filter((mark) => done.has(mark));
    const wanted = Math.floor(logs.length / THRESHOLD);
    if (reached.length < wanted) {
      problems.push(`${reached.length} of ${wanted} alerts of a threshold, of ${logs[0]?.sub}`);
      for (const event of logs.slice(0, wanted - reached.length)) {
        lost.add(event);
      }
    }
    strangers.push(...reached.slice(wanted));
    for (const mark of marks) {
      known.add(mark);
    }
  }
  strangers.push(...[...done].filter((mark) => !known.has(mark) && !isOfProbe(mark)));
  problems.push(...strangers.map((mark) => `${mark} was done, and nothing called for it`));
  return { lost, strangers, problems };
}

/** Whether all is there that must be. Pure. */
export function isComplete(events: readonly PlannedEvent[], done: ReadonlySet<string>): boolean {
  const reached = [...done].filter((mark) => mark.endsWith(THRESHOLD_END)).length;
  const wanted = [...logsByUser(events).values()].reduce(
    (sum, logs) => sum + Math.floor(logs.length / THRESHOLD),
    0,
  );
  return reached >= wanted && events.every((event) => wantedOf(event).every((mark) => done.has(mark)));
}

function isOfProbe(mark: string): boolean {
  return mark.startsWith(`alert:${PROBE_PREFIX}`);
}

function logsByUser(events: readonly PlannedEvent[]): ReadonlyMap<string, PlannedEvent[]> {
  return Map.groupBy(
    events.filter(({ kind }) => kind === "log"),
    ({ sub }) => sub,
  );
}
