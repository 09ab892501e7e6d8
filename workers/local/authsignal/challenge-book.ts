import { randomUUID } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import { MAX_REMEMBERED_CHALLENGES } from "./choices.ts";
import type { CustomData, Method } from "./model.ts";

/** A challenge that has an id of its own: started by the server API, or without a token by the client API. */
export interface StartedChallenge {
  readonly challengeId: string;
  readonly verificationMethod: Method;
  expiresAtMs: number;
  idempotencyKey: string;
  actionCode?: string | undefined;
  userId?: string | undefined;
  email?: string | undefined;
  phoneNumber?: string | undefined;
  smsChannel?: "DEFAULT" | "WHATSAPP" | undefined;
  /** The code that was sent, until it was right once. */
  code?: string | undefined;
  isVerified: boolean;
  isClaimed: boolean;
  readonly scope?: string | undefined;
  readonly custom?: CustomData | undefined;
  readonly deviceId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

export type ChallengeStart = Omit<StartedChallenge, "challengeId" | "isVerified" | "isClaimed">;

/** Challenges by their id, the newest of them when something else is asked for. Forgets the oldest when it is full. */
export class ChallengeBook {
  readonly #challenges = new BoundedMap<StartedChallenge>(MAX_REMEMBERED_CHALLENGES);

  start(start: ChallengeStart): StartedChallenge {
    const challenge = { ...start, challengeId: randomUUID(), isVerified: false, isClaimed: false };
    this.#challenges.set(challenge.challengeId, challenge);
    return challenge;
  }

  get(challengeId: string): StartedChallenge | undefined {
    return this.#challenges.get(challengeId);
  }

  /** Those that fit, newest first. */
  find(fits: (challenge: StartedChallenge) => boolean): StartedChallenge[] {
    return this.#challenges.values().filter(fits).toReversed();
  }

  clear(): void {
    this.#challenges.clear();
  }

  /** Everything, for a file. */
  save(): readonly StartedChallenge[] {
    return this.#challenges.values();
  }

  load(saved: readonly StartedChallenge[]): void {
    this.clear();
    for (const challenge of saved) {
      this.#challenges.set(challenge.challengeId, challenge);
    }
  }
}
