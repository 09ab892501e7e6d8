import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "../../../workers/local/authsignal/faults.ts";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send } from "../../support/http.ts";
import { arrivals, postTransfer, signInPerson, type Person } from "../../support/person.ts";
import {
  bringToken,
  LARGE,
  refusalOf,
  repeated,
  SMALL,
  startChallenge,
  transferBy,
} from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

/** Design decision 12: two seconds for everything; the rest is a busy machine's. */
const MAX_REFUSAL_MS = 4_000;
/** Later than the deadline: an answer that comes when it does not count any more. */
const LATE_MS = 2_500;

/** What the bank answers to a transfer: it has the money, or not any more. */
const REACHED = [201, 422];

const FAULTS: readonly Omit<Fault, "endpoint">[] = [
  { kind: "html" },
  { kind: "html", status: 200 },
  { kind: "garbage" },
  { kind: "status", status: 500 },
  { kind: "status", status: 200 },
  { kind: "rate-limit" },
  { kind: "oversized" },
  { kind: "hang" },
  { kind: "reset" },
  { kind: "reset-mid-body" },
  { kind: "delay", delayMs: LATE_MS },
];

let world: WatchedWorld;
let alice: string;
let person: Person;
beforeAll(async () => {
  world = await startWatchedWorld();
  alice = await signInByPassword(world, ALICE);
  person = await signInPerson(world, ALICE);
});
beforeEach(async () => {
  await resetAuthsignal(world);
  // The breaker of the test before may still be open.
  await vi.waitFor(async () => expect(REACHED).toContain((await transferBy(world, alice, SMALL)).status), {
    timeout: 10_000,
    interval: 200,
  });
  await fetch(`${world.originUrl}/_log`, { method: "DELETE" });
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

const transfers = () => arrivals(world, "POST", "/transfer");

async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const value = await work();
  expect(performance.now() - startedMs).toBeLessThan(MAX_REFUSAL_MS);
  return value;
}

describe.each(FAULTS)("where Authsignal answers with %j", (fault) => {
  it("a request that it would allow is refused in time, to programs and browsers", async () => {
    world.authsignal.setFault({ endpoint: "track", ...fault });
    const refused = await inTime(() => transferBy(world, alice, SMALL));
    expect(refusalOf(refused)).toEqual([503, "step_up_unavailable"]);
    const page = await inTime(() => postTransfer(person, { payee: "Marina", amount: "50" }));
    expect([page.status, page.words.includes("step_up_unavailable")]).toEqual([503, true]);
    expect(page.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(refused.text + page.text).not.toMatch(/bad gateway|something went wrong|internal_server_error/i);
    expect(transfers()).toEqual([]);
  });

  it("a program's challenge is not completed, and is once the trouble is over", async () => {
    const challenge = await startChallenge(world, alice);
    const { token } = await completeInUi(world, challenge.url, ALICE);
    world.authsignal.setFault({ endpoint: "validate", ...fault });
    const refused = await inTime(() => bringToken(challenge, alice, token));
    expect(refusalOf(refused)).toEqual([503, "step_up_unavailable"]);
    expect(REACHED).not.toContain((await transferBy(world, alice, LARGE, repeated(challenge))).status);
    expect(transfers()).toEqual([]);
    world.authsignal.setFault(undefined);
    await vi.waitFor(
      async () =>
        expect(JSON.parse((await bringToken(challenge, alice, token)).text)).toMatchObject({
          state: "succeeded",
        }),
      { timeout: 10_000, interval: 200 },
    );
    expect(REACHED).toContain((await transferBy(world, alice, LARGE, repeated(challenge))).status);
    expect(transfers()).toHaveLength(1);
  });

  it("a browser that comes back is told, and gets no ticket", async () => {
    const approval = await postTransfer(person, { payee: "Marina", amount: "1500" });
    const { back } = await completeInUi(world, approval.refresh ?? "", ALICE);
    world.authsignal.setFault({ endpoint: "validate", ...fault });
    const page = await inTime(() => person.browser.open(back, world.authsignal.publicUrl));
    expect([page.status, page.text.includes("sallyport-ticket")]).toEqual([503, false]);
    expect(transfers()).toEqual([]);
  });
});

describe("a time-out that somebody provokes", () => {
  it("is the same refusal again and again, and nothing arrives late", async () => {
    world.authsignal.setFault({ endpoint: "track", kind: "delay", delayMs: LATE_MS });
    const answers = await Promise.all(Array.from({ length: 8 }, () => transferBy(world, alice, SMALL)));
    expect(answers.map(refusalOf)).toEqual(answers.map(() => [503, "step_up_unavailable"]));
    world.authsignal.setFault(undefined);
    // By the time the next one is allowed, the late answers have come.
    await vi.waitFor(async () => expect(REACHED).toContain((await transferBy(world, alice, SMALL)).status), {
      timeout: 10_000,
      interval: 200,
    });
    expect(transfers()).toHaveLength(1);
  });

  it("closes no route that does not ask", async () => {
    world.authsignal.setFault({ endpoint: "*", kind: "hang" });
    await Promise.all(Array.from({ length: 8 }, () => transferBy(world, alice, SMALL)));
    const answer = await send(`${world.gatewayUrl}/`, { headers: bearer(alice) });
    expect(answer.status).toBe(200);
    expect(recorded(world, "bug")).toEqual([]);
  });
});
