import { describe, expect, it } from "vitest";
import { parseSessionId, parseSub, type Principal } from "../../../src/identity/principal.ts";
import { LEDGER_SILENCE_MS, liveSessions, type LiveEnd } from "../../../src/ledger/live-sessions.ts";
import type { SessionFacts } from "../../../src/ledger/port.ts";

const INTERVAL_MS = 500;
const START_MS = 1_000_000_000;

/** A clock that only moves by `pass`, and wakes who waits. */
function clock() {
  let now = START_MS;
  let sleepers: { atMs: number; wake: () => void }[] = [];
  const settle = async () => {
    for (let turn = 0; turn < 50; turn += 1) {
      await Promise.resolve();
    }
  };
  return {
    nowMs: () => now,
    wait: (milliseconds: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleepers.push({ atMs: now + milliseconds, wake: resolve });
        signal?.addEventListener("abort", () => resolve());
      }),
    async pass(milliseconds: number) {
      const until = now + milliseconds;
      await settle();
      for (;;) {
        const next = Math.min(...sleepers.map(({ atMs }) => atMs));
        if (next > until) {
          break;
        }
        now = Math.max(now, next);
        const due = sleepers.filter(({ atMs }) => atMs <= now);
        sleepers = sleepers.filter(({ atMs }) => atMs > now);
        for (const { wake } of due) {
          wake();
        }
        await settle();
      }
      now = until;
    },
  };
}

function principal(name: string, changes: Partial<Principal> = {}): Principal {
  const [sub, session] = [parseSub("user-0001"), parseSessionId(name)];
  if (sub === undefined || session === undefined) {
    throw new Error("these are names of the accepted shape");
  }
  return {
    sub,
    session,
    authTimeSeconds: 1,
    expiresAtSeconds: START_MS / 1000 + 3600,
    username: "ada",
    email: undefined,
    groups: [],
    scopes: [],
    claims: {},
    ...changes,
  };
}

/** A ledger whose answers the test decides, and which counts the questions. */
function ledger() {
  const revoked = new Set<string>();
  const asked: string[][] = [];
  let behaviour: "answers" | "fails" | "hangs" = "answers";
  return {
    revoked,
    asked,
    be(next: typeof behaviour) {
      behaviour = next;
    },
    async standings(all: readonly SessionFacts[]): Promise<readonly boolean[]> {
      asked.push(all.map(({ session }) => session));
      if (behaviour === "hangs") {
        return new Promise(() => undefined);
      }
      if (behaviour === "fails") {
        throw new Error("storage failed");
      }
      return all.map(({ session }) => revoked.has(session));
    },
  };
}

/** Watches a connection and remembers how it ended. */
function connect(live: ReturnType<typeof liveSessions>, who: Principal, source: ReturnType<typeof ledger>) {
  const gone = new AbortController();
  const state: { end: LiveEnd | undefined; isOver: boolean } = { end: undefined, isOver: false };
  void live
    .untilEnd(who, () => source, gone.signal)
    .then((end) => {
      state.end = end;
      state.isOver = true;
    });
  return { state, leave: () => gone.abort() };
}

describe("watching the sessions of open connections", () => {
  it("asks once per interval and user, for all sessions at once, and never when nothing is open", async () => {
    const time = clock();
    const source = ledger();
    const live = liveSessions({ intervalMs: INTERVAL_MS, ...time });
    await time.pass(10_000);
    expect(source.asked).toEqual([]);
    const all = ["one", "two", "one", "three"].map((name) => connect(live, principal(name), source));
    await time.pass(2 * INTERVAL_MS);
    source.asked.length = 0;
    await time.pass(20 * INTERVAL_MS);
    expect(source.asked.length).toBeGreaterThanOrEqual(18);
    expect(source.asked.length).toBeLessThanOrEqual(21);
    expect(source.asked.at(-1)).toEqual(["one", "two", "three"]);
    for (const { leave } of all) {
      leave();
    }
    await time.pass(INTERVAL_MS);
    source.asked.length = 0;
    await time.pass(20 * INTERVAL_MS);
    expect(source.asked).toEqual([]);
  });

  it("ends only the connections of the session that was ended, within an interval", async () => {
    const time = clock();
    const source = ledger();
    const live = liveSessions({ intervalMs: INTERVAL_MS, ...time });
    const [first, second, other] = ["one", "one", "two"].map((name) =>
      connect(live, principal(name), source),
    );
    await time.pass(1_234);
    source.revoked.add("one");
    await time.pass(INTERVAL_MS + 50);
    expect([first?.state.end, second?.state.end]).toEqual(["revoked", "revoked"]);
    expect(other?.state.isOver).toBe(false);
  });

  it("sees at once that a session ended while its connection was being opened", async () => {
    const time = clock();
    const source = ledger();
    const live = liveSessions({ intervalMs: INTERVAL_MS, ...time });
    connect(live, principal("other"), source);
    await time.pass(INTERVAL_MS + 1);
    source.revoked.add("late");
    const late = connect(live, principal("late"), source);
    await time.pass(0);
    expect(late.state.end).toBe("revoked");
  });

  it("ends a connection in the second in which its token expires", async () => {
    const time = clock();
    const source = ledger();
    const live = liveSessions({ intervalMs: 60_000, ...time });
    const { state } = connect(live, principal("one", { expiresAtSeconds: START_MS / 1000 + 7 }), source);
    await time.pass(6_999);
    expect(state.isOver).toBe(false);
    await time.pass(1);
    expect(state.end).toBe("expired");
  });

  it.each(["fails", "hangs"] as const)(
    "outlives a ledger that %s for a while, and ends when it stays so",
    async (how) => {
      const time = clock();
      const source = ledger();
      const live = liveSessions({ intervalMs: INTERVAL_MS, ...time });
      const { state } = connect(live, principal("one"), source);
      await time.pass(3_000);
      source.be(how);
      await time.pass(LEDGER_SILENCE_MS - 2_000);
      expect(state.isOver).toBe(false);
      source.be("answers");
      await time.pass(3_000);
      source.be(how);
      await time.pass(LEDGER_SILENCE_MS + 3_000);
      expect(state.end).toBe("unreadable");
    },
  );

  it("goes on when the request that was reading for all of them is gone with its answer", async () => {
    const time = clock();
    const source = ledger();
    const live = liveSessions({ intervalMs: INTERVAL_MS, ...time });
    const hanging = ledger();
    hanging.be("hangs");
    void connect(live, principal("dead"), hanging);
    await time.pass(0);
    const { state } = connect(live, principal("one"), source);
    source.revoked.add("one");
    await time.pass(2_000);
    expect(state.end).toBe("revoked");
  });

  it("forgets connections that vanished without a word", async () => {
    const time = clock();
    const source = ledger();
    const live = liveSessions({ intervalMs: INTERVAL_MS, ...time });
    const staying = connect(live, principal("stays"), source);
    const leaving = connect(live, principal("leaves"), source);
    await time.pass(1_000);
    leaving.leave();
    await time.pass(30_000);
    expect(source.asked.at(-1)).toEqual(["stays"]);
    expect(staying.state.isOver).toBe(false);
  });
});
