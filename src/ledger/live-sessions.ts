import type { Principal, Sub } from "../identity/principal.ts";
import type { Ledger, SessionFacts } from "./port.ts";

/** Why a connection that is still open must end. */
export type LiveEnd = "revoked" | "expired" | "unreadable";

/** Watches the sessions of connections that outlive the decision that let them in. */
export interface LiveSessions {
  /**
   * Resolves with why the connection must end, or `undefined` once `gone` aborted: it ended by itself. Never rejects.
   *
   * @param ledger gives the user's ledger anew each time, for the request that asks.
   */
  untilEnd(
    principal: Principal,
    ledger: () => Pick<Ledger, "standings">,
    gone: AbortSignal,
  ): Promise<LiveEnd | undefined>;
}

/** A read that takes longer counts as failed; another connection of the user then tries. */
const READ_PATIENCE_MS = 1_000;
/** While another connection reads for all of them. */
const LOOK_AGAIN_MS = 25;
/** A connection that did not look for so long is gone, whatever became of its request. */
const FORGOTTEN_AFTER_MS = 10_000;
/** Without an answer of the ledger for so long nobody knows whether the session still stands: closed when unsure. */
export const LEDGER_SILENCE_MS = 10_000;

interface Watched {
  readonly facts: SessionFacts;
  revoked: boolean;
  /** When the last read that answered for it began. */
  readAtMs: number;
  seenAtMs: number;
}

interface WatchedUser {
  readonly sessions: Map<string, Watched>;
  readingSinceMs: number | undefined;
}

/**
 * One poll of the ledger per user and isolate, however many connections are open, and none when no connection is.
 *
 * Connections belong to different requests, which may not wait for one another's I/O (workers.md 1.3). So they share
 * nothing but plain data: each wakes by a timer of its own, and the first to find the last read too old reads for all.
 *
 * @param options.intervalMs how old a read may become before the next.
 * @param options.wait resolves after so many milliseconds, or as soon as the signal aborts.
 */
export function liveSessions(options: {
  readonly intervalMs: number;
  readonly nowMs: () => number;
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}): LiveSessions {
  const { intervalMs, nowMs, wait } = options;
  const users = new Map<Sub, WatchedUser>();
  let forgotAtMs = -Infinity;

  function join({ sub, session, authTimeSeconds }: Principal): readonly [WatchedUser, Watched] {
    const user = users.get(sub) ?? { sessions: new Map(), readingSinceMs: undefined };
    users.set(sub, user);
    const name = `${session} ${authTimeSeconds}`;
    const facts = { session, authTimeSeconds };
    const watched = user.sessions.get(name) ?? { facts, revoked: false, readAtMs: -Infinity, seenAtMs: 0 };
    watched.seenAtMs = nowMs();
    user.sessions.set(name, watched);
    return [user, watched];
  }

  function forgetAbsent(): void {
    const oldest = nowMs() - FORGOTTEN_AFTER_MS - intervalMs;
    if (forgotAtMs > oldest) {
      return; // every user is looked at: not at every read
    }
    forgotAtMs = nowMs();
    for (const [sub, user] of users) {
      for (const [name, { seenAtMs }] of user.sessions) {
        if (seenAtMs < oldest) {
          user.sessions.delete(name);
        }
      }
      if (user.sessions.size === 0) {
        users.delete(sub);
      }
    }
  }

  /** Reads for every connection of the user. What fails shows in `readAtMs`, which stays what it was. */
  async function read(user: WatchedUser, ledger: Pick<Ledger, "standings">): Promise<void> {
    const beganMs = nowMs();
    user.readingSinceMs = beganMs;
    forgetAbsent();
    const all = [...user.sessions.values()];
    try {
      const answered = ledger.standings(all.map(({ facts }) => facts));
      const revoked = await Promise.race([answered, wait(READ_PATIENCE_MS)]);
      for (const [index, watched] of all.entries()) {
        if (revoked?.[index] !== undefined) {
          watched.revoked ||= revoked[index];
          watched.readAtMs = beganMs;
        }
      }
    } catch {
      // The ledger failed or was reset by a deployment: tried again, until the silence is too long.
    }
    if (user.readingSinceMs === beganMs) {
      user.readingSinceMs = undefined;
    }
  }

  return {
    async untilEnd(principal, ledger, gone) {
      const openedMs = nowMs();
      const expiresAtMs = principal.expiresAtSeconds * 1000;
      while (!gone.aborted) {
        const now = nowMs();
        const [user, watched] = join(principal);
        if (watched.revoked) {
          return "revoked";
        }
        if (now >= expiresAtMs) {
          return "expired";
        }
        if (now - Math.max(watched.readAtMs, openedMs) > LEDGER_SILENCE_MS) {
          return "unreadable";
        }
        const isDue = now - watched.readAtMs >= intervalMs;
        const isBeingRead = now - (user.readingSinceMs ?? -Infinity) < READ_PATIENCE_MS;
        if (isDue && !isBeingRead) {
          await read(user, ledger());
          if (watched.readAtMs < now) {
            await wait(Math.min(intervalMs, expiresAtMs - now), gone); // it failed: not at once again
          }
        } else {
          const untilDueMs = isDue ? LOOK_AGAIN_MS : watched.readAtMs + intervalMs - now;
          await wait(Math.min(untilDueMs, expiresAtMs - now), gone);
        }
      }
      return undefined;
    },
  };
}
