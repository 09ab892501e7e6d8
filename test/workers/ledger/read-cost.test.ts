import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import type { EventReactions } from "../../../src/ledger/event-reactions.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import { applyReactions } from "../../../src/ledger/reactions.ts";
import type { Seen } from "../../../src/ledger/port.ts";
import {
  challengeId,
  newLedger,
  nowSeconds,
  opening,
  sessionId,
  signedIn,
  succeededChallenge,
  type LedgerStub,
} from "./fixtures.ts";

const ROWS = 10_000;
const ANY = { methods: undefined, factorAgeSeconds: undefined, acceptsUnproven: false };
const SEEN: Seen = {
  carrier: "bearer",
  expiresAtSeconds: nowSeconds() + 3600,
  userAgent: "test",
  place: "",
};

/** A row of each kind, of other sessions and other times, that a ledger may hold thousands of. */
const OTHERS = [
  `INSERT INTO session (id, auth_time_seconds, started_at_ms, expires_at_ms, user_agent) VALUES (?1, 1, 1, ?2, 'test')`,
  `INSERT INTO revocation (scope, before_ms, reason, at_ms, auth_time_seconds) VALUES (?1, 1, 'test', ?2, 1)`,
  `INSERT INTO revocation_besides VALUES (?1, ?2 - ?2 + 1, 'test')`,
  `INSERT INTO effect VALUES (?1, ?2)`,
  `INSERT INTO grant_given VALUES ('transfer', ?1, 'PASSKEY', ?2, NULL)`,
  `INSERT INTO sighting VALUES ('counting', ?1, ?2 - 86400000, 1, ?2 - 86400000, ?2, NULL)`,
  `INSERT INTO challenge_started VALUES (?1, ?2)`,
  `INSERT INTO authenticator (id, method, learned_at_ms, at_ms) VALUES (?1, 'PASSKEY', ?2, ?2)`,
  `INSERT INTO action_heard VALUES (?1, ?2)`,
  `INSERT INTO challenge (id, session, kind, route, action, method, target, binding, summary, state, created_at_ms,
     expires_at_ms) VALUES (?1, ?1, 'step-up', 'r', 'a', 'GET', '/', 'b', '[]', 'delivered', 1, ?2 - ?2 + 1)`,
];

function fill(ledger: LedgerStub): Promise<void> {
  return runInDurableObject(ledger, (_: Ledger, { storage }) =>
    storage.transactionSync(() => {
      for (const statement of OTHERS) {
        for (let index = 0; index < ROWS; index += 1) {
          storage.sql.exec(statement, `other-${index}`, Date.now());
        }
      }
    }),
  );
}

/** How many rows SQLite reads for a call of the ledger. */
function rowsReadBy(
  ledger: LedgerStub,
  call: (instance: Ledger, sql: SqlStorage) => unknown,
): Promise<number> {
  return runInDurableObject(ledger, async (instance: Ledger, { storage }) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const counting = {
      exec(query: string, ...bindings: unknown[]) {
        const cursor = storage.sql.exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      },
    };
    Reflect.set(instance, "sql", counting); // private: what it reads by
    await call(instance, counting as SqlStorage); // what the ledger calls of it
    Reflect.set(instance, "sql", storage.sql);
    return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  });
}

/** An event of this moment that counts towards a threshold. */
function counted(eventId: string): EventReactions {
  const threshold = { count: 5, withinMs: 60_000 };
  return {
    eventId,
    reason: "test",
    atMs: Date.now(),
    idempotencyKey: undefined,
    reactions: [{ reaction: "counting", threshold, effects: ["end-grants"], outside: [] }],
  };
}

describe("a read of the ledger", () => {
  const facts = signedIn();
  const [small, large] = [newLedger(), newLedger()];

  beforeAll(async () => {
    await fill(large);
    for (const ledger of [small, large]) {
      await ledger.startSession(facts, SEEN);
      await succeededChallenge(ledger, facts);
      // Demanded before the check was passed: to know that, a read has to look at grants.
      await ledger.react([
        {
          eventId: "event-1",
          reason: "test",
          atMs: Date.now() - 120_000,
          idempotencyKey: undefined,
          reactions: [{ reaction: "r", threshold: undefined, effects: ["require-step-up"], outside: [] }],
        },
      ]);
    }
  });

  it.each<[string, (instance: Ledger, sql: SqlStorage) => unknown, number]>([
    ["standing", (instance) => instance.standing(facts, SEEN), 8],
    ["standings", (instance) => instance.standings([facts]), 4],
    ["covered", (instance) => instance.covered(facts, "transfer", 3_600, ANY, SEEN), 8],
    ["find", (instance) => instance.find(facts, challengeId()), 4],
    ["verifying", (instance) => instance.verifying(challengeId(), "transfer"), 4],
    ["startSession", (instance) => instance.startSession(signedIn("next", nowSeconds()), SEEN), 12],
    ["open", (instance) => instance.open(facts, opening(), SEEN), 24],
    [
      "revoke",
      (instance) =>
        instance.revoke({
          id: crypto.randomUUID(),
          scope: sessionId("some"),
          beforeMs: Date.now(),
          reason: "test",
        }),
      24,
    ],
    ["reacting", (_, sql) => applyReactions(sql, counted(crypto.randomUUID()), Date.now(), 1), 24],
  ])("%s reads as many rows beside ten thousand of each kind as beside none", async (_, call, atMost) => {
    const [beside, none] = [await rowsReadBy(large, call), await rowsReadBy(small, call)];
    expect(none).toBeLessThanOrEqual(atMost);
    expect(beside).toBeLessThanOrEqual(none + 2);
  });
});
