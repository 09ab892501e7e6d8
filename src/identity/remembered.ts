import { recent } from "../http/recent.ts";
import type { Principal } from "./principal.ts";

/** Proofs already verified in this isolate: a positive memory only, bounded in count and size (design decision 3). */
export interface Remembered {
  /** The principal of a proof that was verified before and has not expired. */
  get(proof: string, nowSeconds: number): Principal | undefined;
  set(proof: string, principal: Principal): void;
}

/** How many proofs an isolate remembers at most. */
export const MAX_REMEMBERED_PROOFS = 2_000;
const MAX_CHARACTERS = 4_000_000;

/**
 * A memory of verified proofs (bearer tokens, sealed session cookies) keyed by their exact text. A token with its
 * text tweaked is only a miss; nothing is ever refused because of what is in here.
 * The lookup is synchronous: an awaited hash costs more than half of what the memory saves (workers.md 3.2).
 */
export function rememberedProofs(): Remembered {
  const principals = recent<Principal>({ entries: MAX_REMEMBERED_PROOFS, characters: MAX_CHARACTERS });
  return {
    get(proof, nowSeconds) {
      const principal = principals.get(proof);
      return principal !== undefined && principal.expiresAtSeconds > nowSeconds ? principal : undefined;
    },
    set: principals.set,
  };
}
