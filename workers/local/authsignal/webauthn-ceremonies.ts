import { randomUUID } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import { CEREMONY_LIFETIME_MINUTES, MAX_OPEN_CEREMONIES } from "./choices.ts";
import type { ActionKey } from "./model.ts";

export type WebauthnMethod = "PASSKEY" | "SECURITY_KEY";

/** A WebAuthn challenge that was given out and waits for its answer. */
export interface Ceremony {
  readonly challengeId: string;
  readonly kind: "registration" | "authentication";
  readonly method: WebauthnMethod;
  /** base64url, as the browser sends it back in the client data. */
  readonly challenge: string;
  /** Whose, and for what; a sign-in without a token has none. */
  readonly action: ActionKey | undefined;
  readonly expiresAtMs: number;
}

/** The WebAuthn challenges that wait. Each is answered once. */
export class Ceremonies {
  readonly #ceremonies = new BoundedMap<Ceremony>(MAX_OPEN_CEREMONIES);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin(
    start: Pick<Ceremony, "kind" | "method" | "challenge" | "action">,
    challengeId: string = randomUUID(),
  ): Ceremony {
    const expiresAtMs = this.#nowMs() + CEREMONY_LIFETIME_MINUTES * 60_000;
    const ceremony = { ...start, challengeId, expiresAtMs };
    this.#ceremonies.set(start.challenge, ceremony);
    return ceremony;
  }

  /** Takes the ceremony of this challenge out, when it is of this kind and not expired. */
  take(challenge: string, kind: Ceremony["kind"], method: WebauthnMethod): Ceremony | undefined {
    const ceremony = this.#ceremonies.get(challenge);
    if (ceremony === undefined || ceremony.kind !== kind || ceremony.method !== method) {
      return undefined;
    }
    this.#ceremonies.delete(challenge);
    return ceremony.expiresAtMs > this.#nowMs() ? ceremony : undefined;
  }

  clear(): void {
    this.#ceremonies.clear();
  }
}
