/** Characters in one stored part: sealed text is ASCII, so this is bytes as well, below SQLite's 2 MB row. */
const PART_CHARACTERS = 1024 * 1024;

/** Stores a sealed request in parts under its challenge. */
export function writeKept(sql: SqlStorage, challenge: string, sealed: string): void {
  for (let part = 0; part * PART_CHARACTERS < sealed.length; part += 1) {
    const slice = sealed.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS);
    sql.exec(`INSERT INTO kept VALUES (?, ?, ?)`, challenge, part, slice);
  }
}

/** Reads a sealed request back; `undefined` when none is kept. */
export function readKept(sql: SqlStorage, challenge: string): string | undefined {
  const parts = sql
    .exec<{ sealed: string }>(`SELECT sealed FROM kept WHERE challenge = ? ORDER BY part`, challenge)
    .toArray();
  return parts.length === 0 ? undefined : parts.map((row) => row.sealed).join("");
}

/** Forgets a sealed request. */
export function dropKept(sql: SqlStorage, challenge: string): void {
  sql.exec(`DELETE FROM kept WHERE challenge = ?`, challenge);
}
