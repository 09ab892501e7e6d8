import { parseChallengeId, type ChallengeId, type ChallengeView } from "../../../src/ledger/port.ts";

/** A challenge id from text that is known to be one. */
export function challengeId(text = "0c0ffee0-0000-4000-8000-000000000001"): ChallengeId {
  const id = parseChallengeId(text);
  if (id === undefined) {
    throw new Error(`${text} is no challenge id`);
  }
  return id;
}

/** A pending challenge of a transfer. */
export function challengeView(changes: Partial<ChallengeView> = {}): ChallengeView {
  return {
    id: challengeId(),
    kind: "step-up",
    route: "transfer",
    action: "transfer",
    method: "POST",
    target: "/transfer",
    binding: "binding",
    summary: [],
    state: "pending",
    createdAtMs: 0,
    expiresAtMs: 600_000,
    way: "sealed-way",
    hasKept: true,
    verificationMethod: undefined,
    completedAtMs: undefined,
    factorSinceMs: undefined,
    failure: undefined,
    successor: undefined,
    ...changes,
  };
}
