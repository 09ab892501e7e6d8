import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { parseSessionId, parseSub, type SessionId, type Sub } from "../../../src/identity/principal.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import {
  parseChallengeId,
  type ChallengeId,
  type ChallengeState,
  type Opening,
  type Pending,
  type SessionFacts,
} from "../../../src/ledger/port.ts";

export const BINDING = "binding-of-the-request";
export const KEPT = "sealed-request";

/** Seconds since the epoch, as `auth_time` has them. */
export const nowSeconds = () => Math.floor(Date.now() / 1000);

export function sessionId(text: string): SessionId {
  const id = parseSessionId(text);
  if (id === undefined) {
    throw new Error(`${text} is no session id`);
  }
  return id;
}

export function challengeId(): ChallengeId {
  const id = parseChallengeId(crypto.randomUUID());
  if (id === undefined) {
    throw new Error("a UUID is a challenge id");
  }
  return id;
}

/** A sign-in of a minute ago, unless said otherwise. */
export function signedIn(name = "session-1", authTimeSeconds = nowSeconds() - 60): SessionFacts {
  return { session: sessionId(name), authTimeSeconds };
}

/** How a session was seen. */
export const SEEN = {
  carrier: "cookie",
  expiresAtSeconds: nowSeconds() + 3600,
  userAgent: "",
  place: "",
} as const;

export function newSub(): Sub {
  const sub = parseSub(crypto.randomUUID());
  if (sub === undefined) {
    throw new Error("a UUID is a sub");
  }
  return sub;
}

/** The ledger of a user whom the roster has. */
export async function watched(): Promise<{ readonly sub: Sub; readonly ledger: LedgerStub }> {
  const sub = newSub();
  const ledger = env.LEDGER.getByName(sub);
  await ledger.startSession(signedIn(), SEEN);
  await vi.waitFor(async () => expect(await countRows(ledger, "roster_note")).toBe(1));
  return { sub, ledger };
}

/** A ledger that no other test has. */
export function newLedger() {
  return env.LEDGER.getByName(crypto.randomUUID());
}
export type LedgerStub = ReturnType<typeof newLedger>;

export function opening(changes: Partial<Opening> = {}): Opening {
  return {
    id: challengeId(),
    kind: "step-up",
    route: "transfer",
    action: "transfer",
    method: "POST",
    target: "/transfer",
    binding: BINDING,
    summary: [{ label: "Amount", value: "1500" }],
    lifeSeconds: 600,
    ...changes,
  };
}

export function pending(changes: Partial<Pending> = {}): Pending {
  return {
    state: "pending",
    kind: "step-up",
    way: "sealed-way",
    kept: KEPT,
    supersedes: undefined,
    ...changes,
  };
}

/** Opens a challenge and leaves it pending. */
export async function pendingChallenge(
  ledger: LedgerStub,
  facts: SessionFacts,
  changes: { readonly opening?: Partial<Opening>; readonly pending?: Partial<Pending> } = {},
): Promise<ChallengeId> {
  const opened = opening(changes.opening);
  await ledger.open(facts, opened);
  await ledger.pend(opened.id, pending({ kind: opened.kind, ...changes.pending }));
  return opened.id;
}

/** Opens a challenge and lets it succeed. */
export async function succeededChallenge(
  ledger: LedgerStub,
  facts: SessionFacts,
  changes: Parameters<typeof pendingChallenge>[2] = {},
): Promise<ChallengeId> {
  const id = await pendingChallenge(ledger, facts, changes);
  await ledger.settle(facts, id, { state: "succeeded", verificationMethod: "EMAIL_OTP" });
  return id;
}

/** Brings a challenge into a state by the ledger's own methods, or by time where only time does it. */
export async function challengeIn(
  ledger: LedgerStub,
  facts: SessionFacts,
  state: ChallengeState,
): Promise<ChallengeId> {
  switch (state) {
    case "opening": {
      const opened = opening();
      await ledger.open(facts, opened);
      return opened.id;
    }
    case "pending":
      return pendingChallenge(ledger, facts);
    case "succeeded":
      return succeededChallenge(ledger, facts);
    case "consumed":
    case "delivered":
    case "uncertain": {
      const id = await succeededChallenge(ledger, facts);
      await ledger.consume(facts, id, "ticket");
      if (state !== "consumed") {
        await ledger.finish(id, state);
      }
      return id;
    }
    case "cancelled":
    case "failed": {
      const id = await pendingChallenge(ledger, facts);
      await ledger.settle(facts, id, { state });
      return id;
    }
    case "expired": {
      const id = await pendingChallenge(ledger, facts);
      await setBack(ledger, id, { expiresMs: 601_000 });
      return id;
    }
    case "superseded": {
      const id = await pendingChallenge(ledger, facts);
      await pendingChallenge(ledger, facts, { pending: { supersedes: id } });
      return id;
    }
  }
}

/** Moves what happened to a challenge into the past. */
export async function setBack(
  ledger: LedgerStub,
  id: ChallengeId,
  by: { readonly createdMs?: number; readonly expiresMs?: number; readonly consumedMs?: number },
): Promise<void> {
  await runInDurableObject(ledger, (_: Ledger, { storage }) => {
    storage.sql.exec(
      `UPDATE challenge SET created_at_ms = created_at_ms - ?, expires_at_ms = expires_at_ms - ?,
         consumed_at_ms = consumed_at_ms - ? WHERE id = ?`,
      by.createdMs ?? 0,
      by.expiresMs ?? 0,
      by.consumedMs ?? 0,
      id,
    );
  });
}

/** How many rows a table of the ledger holds. */
export function countRows(ledger: LedgerStub, table: string): Promise<number> {
  return runInDurableObject(
    ledger,
    (_: Ledger, { storage }) =>
      storage.sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`).one().rows,
  );
}

/** The state a challenge is in now. */
export async function stateOf(
  ledger: LedgerStub,
  facts: SessionFacts,
  id: ChallengeId,
): Promise<ChallengeState | undefined> {
  return (await ledger.find(facts, id))?.state;
}

/** Ends leases as whoever has them would. */
export async function finishEffects(
  ledger: LedgerStub,
  { done, failed }: { readonly done: readonly string[]; readonly failed: readonly string[] },
): Promise<void> {
  const leasedUntilMs = await runInDurableObject(
    ledger,
    (_: Ledger, { storage }) =>
      storage.sql
        .exec<{ until_ms: number }>(`SELECT until_ms FROM lease WHERE id = ?`, failed[0] ?? done[0] ?? "")
        .toArray()[0]?.until_ms,
  );
  await ledger.finishEffects({ done, failed, leasedUntilMs: leasedUntilMs ?? 0 });
}
