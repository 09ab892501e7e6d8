/**
 * A ledger as version 8 left it on disk: its tables and rows, as `.dump` gives them. This file is never changed: it is
 * what deployments hold. Times are of November 2026.
 */
export const VERSION_8: readonly string[] = [
  `CREATE TABLE meta (version INTEGER NOT NULL)`,
  `INSERT INTO meta VALUES (8)`,
  `CREATE TABLE session (
     id TEXT PRIMARY KEY, auth_time_seconds INTEGER NOT NULL, started_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL, user_agent TEXT NOT NULL, seen_at_ms INTEGER NOT NULL DEFAULT 0,
     place TEXT NOT NULL DEFAULT '', carrier TEXT NOT NULL DEFAULT 'cookie')`,
  `INSERT INTO session VALUES ('spared', 1795424400, 1795424401000, 4102444800000, 'okhttp/4.12.0', 1795428000000,
     'Riga, LV', 'bearer')`,
  `CREATE TABLE revocation (
     scope TEXT PRIMARY KEY, before_ms INTEGER NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL DEFAULT 0,
     auth_time_seconds INTEGER)`,
  `INSERT INTO revocation VALUES ('user', 1795420800500, 'authenticator.deleted', 1795420801000, NULL)`,
  `INSERT INTO revocation VALUES ('ended', 1795427000000, 'ended by the user', 1795427000001, 1795426500)`,
  `CREATE TABLE effect (id TEXT PRIMARY KEY, applied_at_ms INTEGER NOT NULL)`,
  `INSERT INTO effect VALUES ('revoke-user:event-1/removed', 1795420801000)`,
  `INSERT INTO effect VALUES ('sign-out-cognito:event-1/removed', 1795420802000)`,
  `CREATE TABLE challenge (
     id TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, route TEXT NOT NULL, action TEXT NOT NULL,
     method TEXT NOT NULL, target TEXT NOT NULL, binding TEXT NOT NULL, summary TEXT NOT NULL,
     state TEXT NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, way TEXT,
     verification_method TEXT, completed_at_ms INTEGER, consumed_at_ms INTEGER, successor TEXT, failure TEXT,
     factor_since_ms INTEGER, asked_at_ms INTEGER)`,
  `INSERT INTO challenge VALUES ('0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11', 'spared', 'step-up', 'transfer', 'transfer',
     'POST', '/transfer', 'binding-of-the-request', '[{"label":"Amount","value":"1500"}]', 'succeeded', 1795429000000,
     4102444800000, 'sealed-way', 'PASSKEY', 1795429060000, NULL, NULL, NULL, 1790000000000, NULL)`,
  `CREATE TABLE kept (
     challenge TEXT NOT NULL, part INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (challenge, part))`,
  `INSERT INTO kept VALUES ('0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11', 0, 'sealed-request')`,
  `CREATE TABLE grant_given (
     action TEXT NOT NULL, session TEXT NOT NULL, method TEXT NOT NULL, at_ms INTEGER NOT NULL,
     factor_since_ms INTEGER, PRIMARY KEY (action, session, method))`,
  `INSERT INTO grant_given VALUES ('transfer', 'spared', 'PASSKEY', 1795429060000, 1790000000000)`,
  `CREATE TABLE challenge_started (route TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
  `INSERT INTO challenge_started VALUES ('transfer', 1795429000000)`,
  `CREATE TABLE revocation_besides (spared TEXT PRIMARY KEY, before_ms INTEGER NOT NULL, reason TEXT NOT NULL)`,
  `INSERT INTO revocation_besides VALUES ('spared', 1795426000000, 'authenticator.created')`,
  `CREATE TABLE demand (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL)`,
  `INSERT INTO demand VALUES (1, 1795427000000)`,
  `CREATE TABLE sighting (
     reaction TEXT NOT NULL, event TEXT NOT NULL, at_ms INTEGER NOT NULL, spent INTEGER NOT NULL,
     fired_at_ms INTEGER, PRIMARY KEY (reaction, event))`,
  `INSERT INTO sighting VALUES ('failing', 'code-1', 4102444700000, 0, NULL)`,
  `INSERT INTO sighting VALUES ('failing', 'code-0', 1700000000000, 1, 1700000000000)`,
  `CREATE TABLE authenticator (
     id TEXT PRIMARY KEY, method TEXT NOT NULL, created_by TEXT, deleted_by TEXT,
     learned_at_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, created_queued INTEGER NOT NULL DEFAULT 0,
     deleted_queued INTEGER NOT NULL DEFAULT 0)`,
  `INSERT INTO authenticator VALUES ('authenticator-1', 'PASSKEY', 'event-0', NULL, 1795420000000, 1795420000000, 1, 0)`,
  `CREATE TABLE comparison (
     id INTEGER PRIMARY KEY CHECK (id = 1), asked_at_ms INTEGER NOT NULL, empty_at_ms INTEGER, at_ms INTEGER NOT NULL)`,
  `INSERT INTO comparison VALUES (1, 1795428000000, NULL, 1795428000000)`,
  `CREATE TABLE roster_note (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL
     DEFAULT 0)`,
  `INSERT INTO roster_note VALUES (1, 1795428000000, 1795424400000)`,
  `CREATE TABLE action_heard (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)`,
  `INSERT INTO action_heard VALUES ('action-heard', 1795428000000)`,
  `CREATE TABLE lease (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL)`,
  `INSERT INTO lease VALUES ('alert:event-1/removed', 1795420861000)`,
  `CREATE INDEX challenge_expiry ON challenge (expires_at_ms)`,
  `CREATE INDEX challenge_started_route ON challenge_started (route, at_ms)`,
  `CREATE INDEX revocation_sign_in ON revocation (auth_time_seconds)`,
  `CREATE INDEX effect_age ON effect (applied_at_ms)`,
  `CREATE INDEX revocation_age ON revocation (at_ms)`,
  `CREATE INDEX session_expiry ON session (expires_at_ms)`,
  `CREATE INDEX action_heard_age ON action_heard (at_ms)`,
  `CREATE INDEX revocation_besides_time ON revocation_besides (before_ms)`,
  `CREATE INDEX grant_given_session ON grant_given (session, at_ms)`,
  `CREATE INDEX challenge_session ON challenge (session)`,
  `CREATE INDEX sighting_time ON sighting (reaction, at_ms)`,
  `CREATE INDEX lease_age ON lease (until_ms)`,
];
