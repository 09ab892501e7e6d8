/**
 * A ledger as the first version left it on disk: its statements and its rows, as `.dump` gives them. This file is never
 * changed: it is what deployments hold. Times are of 23 November 2026.
 */
export const VERSION_1: readonly string[] = [
  `CREATE TABLE meta (version INTEGER NOT NULL)`,
  `INSERT INTO meta VALUES (1)`,
  `CREATE TABLE session (
     id TEXT PRIMARY KEY, auth_time_seconds INTEGER NOT NULL, started_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL, user_agent TEXT NOT NULL)`,
  `INSERT INTO session VALUES ('stands', 1795424400, 1795424401000, 4102444800000, 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0')`,
  `CREATE TABLE revocation (scope TEXT PRIMARY KEY, before_ms INTEGER NOT NULL, reason TEXT NOT NULL)`,
  `INSERT INTO revocation VALUES ('user', 1795420800500, 'authenticator.deleted')`,
  `INSERT INTO revocation VALUES ('ended', 1795424000000, 'signed out')`,
  `CREATE TABLE effect (id TEXT PRIMARY KEY, applied_at_ms INTEGER NOT NULL)`,
  `INSERT INTO effect VALUES ('revoke:event-1/authenticator-removed', 1795420801000)`,
  `INSERT INTO effect VALUES ('revoke:sign-out:ended', 1795424000001)`,
  `CREATE TABLE challenge (
     id TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, route TEXT NOT NULL, action TEXT NOT NULL,
     method TEXT NOT NULL, target TEXT NOT NULL, binding TEXT NOT NULL, summary TEXT NOT NULL,
     state TEXT NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, way TEXT,
     verification_method TEXT, completed_at_ms INTEGER, consumed_at_ms INTEGER, successor TEXT)`,
  `CREATE INDEX challenge_expiry ON challenge (expires_at_ms)`,
  `INSERT INTO challenge VALUES ('0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11', 'stands', 'step-up', 'transfer', 'transfer',
     'POST', '/transfer', 'binding-of-the-request', '[{"label":"Amount","value":"1500"}]', 'succeeded', 1795424500000,
     4102444800000, 'sealed-way', 'EMAIL_OTP', 1795424560000, NULL, NULL)`,
  `CREATE TABLE kept (
     challenge TEXT NOT NULL, part INTEGER NOT NULL, sealed TEXT NOT NULL, PRIMARY KEY (challenge, part))`,
  `INSERT INTO kept VALUES ('0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11', 0, 'sealed-')`,
  `INSERT INTO kept VALUES ('0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11', 1, 'request')`,
  `CREATE TABLE grant_given (
     action TEXT NOT NULL, session TEXT NOT NULL, method TEXT, at_ms INTEGER NOT NULL,
     PRIMARY KEY (action, session))`,
  `INSERT INTO grant_given VALUES ('transfer', 'stands', 'EMAIL_OTP', 1795424560000)`,
];
