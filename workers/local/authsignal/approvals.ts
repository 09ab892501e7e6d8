import { randomBytes, randomUUID } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import { APPROVAL_LIFETIME_MINUTES, MAX_OPEN_CEREMONIES } from "./choices.ts";
import type { ActionKey, CustomData } from "./model.ts";

/** As the browser SDK names them. A push begins as `claimed`: it is meant for one phone from the start. */
export type ApprovalState = "unclaimed" | "claimed" | "approved" | "rejected";

/** Something that a phone is to approve: a push, or a QR code on a screen. */
export interface Approval {
  readonly challengeId: string;
  readonly method: "PUSH" | "QR_CODE";
  readonly actionCode: string;
  readonly custom: CustomData;
  /** For the one who started it, to ask how it went; the picture of a QR code does not contain it. */
  readonly deviceCode: string;
  readonly expiresAtMs: number;
  /** The action it is for; a QR code without a token has none until a phone claims it. */
  action: ActionKey | undefined;
  state: ApprovalState;
}

type Watcher = (approval: Approval) => void;

/** The open and the recent approvals. */
export class Approvals {
  readonly #approvals = new BoundedMap<Approval>(MAX_OPEN_CEREMONIES);
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins an approval. */
  begin(start: Pick<Approval, "method" | "actionCode" | "custom" | "action">): Approval {
    const approval: Approval = {
      ...start,
      challengeId: randomUUID(),
      deviceCode: randomBytes(24).toString("base64url"),
      expiresAtMs: this.#nowMs() + APPROVAL_LIFETIME_MINUTES * 60_000,
      state: start.method === "PUSH" ? "claimed" : "unclaimed",
    };
    this.#approvals.set(approval.challengeId, approval);
    return approval;
  }

  /** The approval with this id, while it is not expired. */
  find(challengeId: string): Approval | undefined {
    const approval = this.#approvals.get(challengeId);
    return approval !== undefined && approval.expiresAtMs > this.#nowMs() ? approval : undefined;
  }

  /** What waits for a phone, newest first. */
  open(): Approval[] {
    return this.#approvals
      .values()
      .filter((one) => one.expiresAtMs > this.#nowMs() && !isAnswered(one))
      .toReversed();
  }

  /** Changes the state and tells those who watch. */
  move(approval: Approval, state: ApprovalState): void {
    approval.state = state;
    for (const watcher of this.#watchers.get(approval.challengeId) ?? []) {
      watcher(approval);
    }
  }

  /** Calls back at each change; the function returned ends that. */
  watch(challengeId: string, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(challengeId) ?? new Set();
    this.#watchers.set(challengeId, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) {
        this.#watchers.delete(challengeId);
      }
    };
  }

  clear(): void {
    this.#approvals.clear();
  }
}

/** Whether a phone has said yes or no. */
export function isAnswered({ state }: Approval): boolean {
  return state === "approved" || state === "rejected";
}
