import { LEASE_MS, type Finished, type Leases } from "./event-reactions.ts";
import { markOnce } from "./revocations.ts";

/** Of some effects, those that are not marked as done. */
export function unmarked(sql: SqlStorage, marks: readonly string[]): readonly string[] {
  return marks.filter((mark) => sql.exec(`SELECT 1 FROM effect WHERE id = ?`, mark).toArray().length === 0);
}

/** Takes effects for one run, by their marks: a second copy of an event that comes meanwhile does none of them too. */
export function lease(sql: SqlStorage, marks: readonly string[], nowMs: number): Leases {
  const leasedUntilMs = nowMs + LEASE_MS;
  const mine: string[] = [];
  const busy: string[] = [];
  for (const mark of unmarked(sql, marks)) {
    const isMine =
      sql.exec(
        `INSERT INTO lease VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET until_ms = ?2 WHERE until_ms <= ?3`,
        mark,
        leasedUntilMs,
        nowMs,
      ).rowsWritten > 0;
    (isMine ? mine : busy).push(mark);
  }
  return { mine, busy, leasedUntilMs };
}

/** Remembers what is done for good, and gives back what failed: that is owed until it is done, or for a day. */
export function finishLeases(
  sql: SqlStorage,
  { done, failed, leasedUntilMs }: Finished,
  nowMs: number,
): void {
  for (const mark of done) {
    markOnce(sql, mark, nowMs);
    sql.exec(`DELETE FROM lease WHERE id = ?`, mark);
  }
  for (const mark of failed) {
    sql.exec(`UPDATE lease SET until_ms = ? WHERE id = ? AND until_ms = ?`, nowMs, mark, leasedUntilMs);
  }
}
