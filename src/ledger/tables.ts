/**
 * The tables of one user's ledger, one statement list per schema version. A new version is a new list at the end:
 * `migrate` runs what the stored data has not seen yet.
 */
const VERSIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE session (
       id TEXT PRIMARY KEY, auth_time_seconds INTEGER NOT NULL, started_at_ms INTEGER NOT NULL,
       expires_at_ms INTEGER NOT NULL, user_agent TEXT NOT NULL)`,
    // scope is 'user' or a session id; a session id never equals 'user' because Cognito's are UUIDs or begin 'auth-'
    `CREATE TABLE revocation (scope TEXT PRIMARY KEY, before_ms INTEGER NOT NULL, reason TEXT NOT NULL)`,
    `CREATE TABLE effect (id TEXT PRIMARY KEY, applied_at_ms INTEGER NOT NULL)`,
    `CREATE TABLE challenge (
       id TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, route TEXT NOT NULL, action TEXT NOT NULL,
       method TEXT NOT NULL, target TEXT NOT NULL, binding TEXT NOT NULL, summary TEXT NOT NULL,
       state TEXT NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, way TEXT,
       verification_method TEXT, completed_at_ms INTEGER, consumed_at_ms INTEGER, successor TEXT)`,
    `CREATE INDEX challenge_expiry ON challenge (expires_at_ms)`,
    // A row holds at most 2 MB (workers.md 1.4), so a kept request is stored in parts.
    `CREATE TABLE kept (
       challenge TEXT NOT NULL, part INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (challenge, part))`,
    `CREATE TABLE grant_given (
       action TEXT NOT NULL, session TEXT NOT NULL, method TEXT, at_ms INTEGER NOT NULL,
       PRIMARY KEY (action, session))`,
  ],
  [
    `ALTER TABLE challenge ADD COLUMN failure TEXT`,
    `ALTER TABLE challenge ADD COLUMN factor_since_ms INTEGER`,
    `ALTER TABLE challenge ADD COLUMN asked_at_ms INTEGER`,
    // One per method, so that a weaker check does not take the place of a stronger one. Whoever had one is asked again.
    `DROP TABLE grant_given`,
    `CREATE TABLE grant_given (
       action TEXT NOT NULL, session TEXT NOT NULL, method TEXT NOT NULL, at_ms INTEGER NOT NULL,
       factor_since_ms INTEGER, PRIMARY KEY (action, session, method))`,
    // Apart from the challenges: signing out deletes those, and must not give back what was used up.
    `CREATE TABLE challenge_started (route TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
    `CREATE INDEX challenge_started_route ON challenge_started (route, at_ms)`,
  ],
  [
    // All sessions but the spared one are over, if they signed in at or before.
    `CREATE TABLE revocation_besides (spared TEXT PRIMARY KEY, before_ms INTEGER NOT NULL, reason TEXT NOT NULL)`,
    // At most one row: when a step-up was last demanded.
    `CREATE TABLE demand (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL)`,
    // An event as counted towards one reaction's threshold; fired_at_ms only on the one that reached it.
    `CREATE TABLE sighting (
       reaction TEXT NOT NULL, event TEXT NOT NULL, at_ms INTEGER NOT NULL, spent INTEGER NOT NULL,
       fired_at_ms INTEGER, PRIMARY KEY (reaction, event))`,
  ],
  [
    `ALTER TABLE session ADD COLUMN seen_at_ms INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE session ADD COLUMN place TEXT NOT NULL DEFAULT ''`,
    `ALTER TABLE session ADD COLUMN carrier TEXT NOT NULL DEFAULT 'cookie'`,
    `UPDATE session SET seen_at_ms = started_at_ms`,
    // When it was applied: what a revocation says of the past must not decide when it is forgotten.
    `ALTER TABLE revocation ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0`,
    `UPDATE revocation SET at_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000`,
    // When the person of an ended session had signed in: managed login's cookie must not bring that sign-in back.
    `ALTER TABLE revocation ADD COLUMN auth_time_seconds INTEGER`,
    `CREATE INDEX revocation_sign_in ON revocation (auth_time_seconds)`,
    `CREATE INDEX effect_age ON effect (applied_at_ms)`,
    `CREATE INDEX revocation_age ON revocation (at_ms)`,
    `CREATE INDEX session_expiry ON session (expires_at_ms)`,
  ],
  [
    // What events said of an authenticator, and which; neither: it was there at the first comparison.
    `CREATE TABLE authenticator (
       id TEXT PRIMARY KEY, method TEXT NOT NULL, created_by TEXT, deleted_by TEXT,
       learned_at_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL)`,
    // At most one row each: the latest comparison with Authsignal's list, and when the roster was last told.
    `CREATE TABLE comparison (
       id INTEGER PRIMARY KEY CHECK (id = 1), asked_at_ms INTEGER NOT NULL, empty_at_ms INTEGER, at_ms INTEGER NOT NULL)`,
    `CREATE TABLE roster_note (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL)`,
  ],
  [
    // The states of actions that need no event of a comparison, by the ids that their events have.
    `CREATE TABLE action_heard (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)`,
    `CREATE INDEX action_heard_age ON action_heard (at_ms)`,
    // Whether what was said came out of the queue; only then all that it calls for will be done.
    `ALTER TABLE authenticator ADD COLUMN created_queued INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE authenticator ADD COLUMN deleted_queued INTEGER NOT NULL DEFAULT 0`,
    `UPDATE authenticator SET created_queued = 1, deleted_queued = 1`,
    // From when on actions are compared. A user who is on the roster already: from when the job began to.
    `ALTER TABLE roster_note ADD COLUMN since_ms INTEGER NOT NULL DEFAULT 0`,
  ],
  [
    // A read costs the same however much a ledger holds.
    `CREATE INDEX revocation_besides_time ON revocation_besides (before_ms)`,
    `CREATE INDEX grant_given_session ON grant_given (session, at_ms)`,
    `CREATE INDEX challenge_session ON challenge (session)`,
    `CREATE INDEX sighting_time ON sighting (reaction, at_ms)`,
  ],
  [
    // What a run is carrying out elsewhere: another copy of its event waits.
    `CREATE TABLE lease (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL)`,
    `CREATE INDEX lease_age ON lease (until_ms)`,
  ],
  [
    // Till when its time is counted in; and when it goes, which of what fired is NULL until all is done that it called for.
    `ALTER TABLE sighting ADD COLUMN counts_until_ms INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE sighting ADD COLUMN forget_at_ms INTEGER`,
    // Of what is there already nobody noted the threshold's time.
    `UPDATE sighting SET counts_until_ms = at_ms + ${400 * 86_400_000}`,
    `UPDATE sighting SET forget_at_ms = counts_until_ms WHERE fired_at_ms IS NULL`,
    `CREATE INDEX sighting_age ON sighting (forget_at_ms)`,
  ],
];

/** The version that a ledger has after `migrate`. A test opens a dump of the one before. */
export const SCHEMA_VERSION = VERSIONS.length;

/** Brings the tables of a ledger to the version of this code, in place; `upTo` an earlier one. */
export function migrate(sql: SqlStorage, upTo = SCHEMA_VERSION): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS meta (version INTEGER NOT NULL)`);
  const stored = sql.exec<{ version: number }>(`SELECT version FROM meta`).toArray()[0]?.version ?? 0;
  for (const statements of VERSIONS.slice(stored, upTo)) {
    for (const statement of statements) {
      sql.exec(statement);
    }
  }
  if (stored < upTo) {
    sql.exec(`DELETE FROM meta`);
    sql.exec(`INSERT INTO meta VALUES (?)`, upTo);
  }
}
