import { randomUUID } from "node:crypto";

/** One event as Authsignal would send it: alone, or as a record of a batch. */
export interface PlannedEvent {
  readonly id: string;
  readonly sub: string;
  /** A deleted authenticator, a deleted passkey (each user has at most one), or a log record. */
  readonly kind: "deleted" | "passkey" | "log";
  readonly atMs: number;
}

/** One delivery: the events that travel together. A plan holds some of them twice. */
export type PlannedDelivery = readonly PlannedEvent[];

/** What is to be sent, and what must be true at the end. */
export interface Plan {
  readonly events: readonly PlannedEvent[];
  readonly deliveries: readonly PlannedDelivery[];
  /** For each user the time up to which sign-ins are over; absent where no authenticator was deleted. */
  readonly revokedBeforeMs: ReadonlyMap<string, number>;
}

const SHARE_DELETED = 0.4;
/** Users whose authenticators all stay: nothing may end a sign-in of theirs. */
const SHARE_SPARED = 0.1;
const SHARE_REPEATED = 0.1;
/** How far back events reach: some come long after what followed them. */
const PAST_MS = 3_600_000;
const MAX_RECORDS = 50;
/** Deliveries change places within as many. */
const DISORDER = 2_000;

/** Makes as many events for as many users, in disorder and with duplicates. `random` gives numbers from 0 to 1. */
export function planOf(count: number, users: number, nowMs: number, random: () => number): Plan {
  const subs = Array.from({ length: users }, () => randomUUID());
  const withPasskey = new Set<string>();
  const events = Array.from({ length: count }, (): PlannedEvent => {
    const user = Math.floor(random() * users);
    const sub = subs[user] ?? "";
    const isDeleted = random() < SHARE_DELETED && user >= users * SHARE_SPARED;
    const kind = !isDeleted ? "log" : withPasskey.has(sub) ? "deleted" : "passkey";
    if (kind === "passkey") {
      withPasskey.add(sub);
    }
    const id = kind === "passkey" ? passkeyEventId(sub) : randomUUID();
    return { id, sub, kind, atMs: nowMs - Math.floor(random() * PAST_MS) };
  });
  const deliveries = deliveriesOf(events);
  const repeated = deliveries.filter(() => random() < SHARE_REPEATED);
  const revokedBeforeMs = new Map<string, number>();
  for (const { sub, atMs } of events.filter(({ kind }) => kind !== "log")) {
    revokedBeforeMs.set(sub, Math.max(atMs, revokedBeforeMs.get(sub) ?? 0));
  }
  return { events, deliveries: disordered([...deliveries, ...repeated], random), revokedBeforeMs };
}

/** The event of a user's passkey. */
export function passkeyEventId(sub: string): string {
  return `passkey-${sub}`;
}

/** Authenticator events travel alone, log records in batches (authsignal.md 6.1). */
export function deliveriesOf(events: readonly PlannedEvent[]): PlannedDelivery[] {
  const logs = events.filter(({ kind }) => kind === "log");
  const deliveries: PlannedDelivery[] = events.filter(({ kind }) => kind !== "log").map((event) => [event]);
  for (let from = 0; from < logs.length; from += MAX_RECORDS) {
    deliveries.push(logs.slice(from, from + MAX_RECORDS));
  }
  return deliveries;
}

/** Every delivery moves by up to `DISORDER` places from a random start. */
function disordered<T>(all: readonly T[], random: () => number): T[] {
  const placed = all.map((one) => ({ one, place: random() * all.length }));
  const inOrder = placed.toSorted((a, b) => a.place - b.place);
  return inOrder
    .map(({ one }, place) => ({ one, place: place + random() * DISORDER }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
