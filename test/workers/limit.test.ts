import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { SessionId } from "../../src/identity/principal.ts";
import type { ChallengeId, Opened } from "../../src/ledger/port.ts";

const FACTS = { session: "a-session" as SessionId, authTimeSeconds: 1 };

async function open(user: string, method: string): Promise<Opened> {
  const ledger = env.LEDGER.getByName(user);
  const id = crypto.randomUUID() as ChallengeId;
  const opened = await ledger.open(FACTS, {
    id,
    kind: "step-up",
    route: "r",
    action: "a",
    method,
    target: "/",
    binding: "b",
    summary: [],
    lifeSeconds: 600,
  });
  if (opened.ok) {
    await ledger.pend(id, {
      state: "pending",
      kind: "step-up",
      way: "w",
      kept: undefined,
      supersedes: undefined,
    });
  }
  return opened;
}

it("does not let navigations that another site causes use up the limit", async () => {
  for (let index = 0; index < 55; index += 1) {
    expect((await open("led-astray", "GET")).ok).toBe(true);
  }
  expect((await open("led-astray", "POST")).ok).toBe(true);
});

it("still limits what a script posts", async () => {
  const answers: boolean[] = [];
  for (let index = 0; index < 55; index += 1) {
    answers.push((await open("busy", "POST")).ok);
  }
  expect(answers.filter(Boolean)).toHaveLength(50);
});
