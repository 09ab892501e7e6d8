import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { SessionId } from "../../src/identity/principal.ts";
import type { ChallengeId } from "../../src/ledger/port.ts";

const FACTS = { session: "a-session" as SessionId, authTimeSeconds: 1 };

it("counts a cancelled challenge that still holds its request as open", async () => {
  const ledger = env.LEDGER.getByName("somebody-who-cancels");
  const reasons: string[] = [];
  for (let index = 0; index < 60; index += 1) {
    const id = crypto.randomUUID() as ChallengeId;
    const opened = await ledger.open(FACTS, {
      id,
      kind: "step-up",
      route: "r",
      action: "a",
      method: "POST",
      target: "/",
      binding: "b",
      summary: [],
      lifeSeconds: 600,
    });
    if (!opened.ok) {
      reasons.push(opened.reason);
      continue;
    }
    await ledger.pend(id, {
      state: "pending",
      kind: "step-up",
      way: "w",
      kept: "sealed",
      supersedes: undefined,
    });
    await ledger.settle(FACTS, id, { state: "cancelled" });
  }
  expect(reasons).toEqual(Array.from({ length: 10 }, () => "too_many"));
});
