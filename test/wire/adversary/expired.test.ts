import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send } from "../../support/http.ts";
import { arrivals, passChallenge, postTransfer, signInPerson, type Person } from "../../support/person.ts";
import {
  bringToken,
  passedChallenge,
  refusalOf,
  repeated,
  startChallenge,
  transferBy,
  LARGE,
  type OfferedChallenge,
} from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB } from "../../support/users.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";
import type { BrowserPage } from "../../support/browser.ts";

/** The shortest that may be configured: the tests wait for the real clock. */
const CHALLENGE_SECONDS = 60;
const WAIT_MS = 90_000;

let world: WatchedWorld;
let alice: string;
let bob: string;
/** What was begun in time and is used too late. */
let unanswered: { challenge: OfferedChallenge; result: string };
let completed: OfferedChallenge;
let person: Person;
let confirmed: BrowserPage;
let other: Person;
let back: URL;

beforeAll(async () => {
  world = await startWatchedWorld({ vars: { CHALLENGE_SECONDS: String(CHALLENGE_SECONDS) } });
  alice = await signInByPassword(world, ALICE);
  bob = await signInByPassword(world, BOB);
  completed = await passedChallenge(world, bob, BOB);
  person = await signInPerson(world, BOB);
  confirmed = await passChallenge(person, await postTransfer(person, { payee: "Marina", amount: "1500" }));
  other = await signInPerson(world, ALICE);
  const approval = await postTransfer(other, { payee: "Marina", amount: "1500" });
  ({ back } = await completeInUi(world, approval.refresh ?? "", ALICE));
  const challenge = await startChallenge(world, alice);
  unanswered = { challenge, result: (await completeInUi(world, challenge.url, ALICE)).token };
  await vi.waitFor(
    async () => {
      const answer = await send(challenge.complete, { headers: bearer(alice) });
      expect(JSON.parse(answer.text)).toMatchObject({ state: "expired" });
    },
    { timeout: WAIT_MS, interval: 500 },
  );
}, WAIT_MS + 30_000);
beforeEach(() => expect(arrivals(world, "POST", "/transfer")).toEqual([]));
afterAll(async () => {
  expect(arrivals(world, "POST", "/transfer")).toEqual([]);
  await world.close();
  expect(world.leaks()).toEqual([]);
});

describe("a challenge whose time is over", () => {
  it("is not completed by a program's right token, and releases nothing", async () => {
    const { challenge, result } = unanswered;
    const brought = await bringToken(challenge, alice, result);
    expect(JSON.parse(brought.text)).toMatchObject({ state: "expired" });
    const answer = await transferBy(world, alice, LARGE, repeated(challenge));
    expect(refusalOf(answer)).toEqual([410, "challenge_ended"]);
  });

  it("releases nothing, though it was completed in time", async () => {
    const answer = await transferBy(world, bob, LARGE, repeated(completed));
    expect(refusalOf(answer)).toEqual([410, "challenge_ended"]);
  });

  it("is not completed by a browser that comes back too late", async () => {
    const page = await other.browser.open(back, world.authsignal.publicUrl);
    expect(page.status).toBe(410);
    expect(page.words).toContain("Too late: nothing was done");
    expect(page.text).not.toContain("sallyport-ticket");
  });

  it("releases nothing by the last click, though the person was back in time", async () => {
    const ticket = /name="sallyport-ticket" value="([^"]+)"/.exec(confirmed.text)?.[1] ?? "";
    expect(ticket).not.toBe("");
    const page = await person.browser.post(
      `${world.gatewayUrl}/transfer`,
      { "sallyport-ticket": ticket },
      confirmed.url,
    );
    expect([page.status, page.words.includes("Too late")]).toEqual([410, true]);
  });
});
