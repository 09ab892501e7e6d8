import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startOrigin, type Origin } from "../../support/origin.ts";
import { passChallenge, postTransfer, signInPerson, type Person } from "../../support/person.ts";
import { ALICE } from "../../support/users.ts";
import { resetAuthsignal, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

const LARGE = { payee: "Marina", amount: "1500" };
const POLICY_FILE = join(import.meta.dirname, "../../support/edge-policy.json");
/** A pushed policy is read within five seconds. */
const PUSH_TIMEOUT_MS = 12_000;

let origin: Origin;
let world: WatchedWorld;
let alice: Person;
beforeAll(async () => {
  origin = await startOrigin();
  world = await startWatchedWorld({ origin: origin.url, policyFile: POLICY_FILE });
  alice = await signInPerson(world, ALICE);
});
beforeEach(async () => {
  origin.clear();
  await resetAuthsignal(world);
});
afterAll(async () => {
  await world.close();
  await origin.close();
  expect(world.leaks()).toEqual([]);
});

const sent = (method: string) => origin.arrivals().filter((arrival) => arrival.method === method);

describe("a request whose connection to the app broke", () => {
  it("may or may not have been done: the person is told, and can send it again with the same key", async () => {
    const confirmed = await passChallenge(alice, await postTransfer(alice, LARGE));
    origin.answerWith((request) => {
      request.resume();
      request.once("end", () => request.socket.resetAndDestroy());
    });
    const told = await alice.browser.submit(confirmed, "/transfer");
    expect([told.status, told.words.includes("We cannot tell whether this was done")]).toEqual([502, true]);
    expect(sent("POST")).toHaveLength(1);

    const again = told.forms.find(({ action }) => action.endsWith("/again"))?.action ?? "";
    await expect
      .poll(async () => (await alice.browser.open(confirmed.url)).words)
      .toContain("We cannot tell whether this was done");
    const keyOf = (nth: number) => sent("POST")[nth]?.headers["idempotency-key"];
    const first = keyOf(0);
    origin.clear();
    const ready = await alice.browser.submit(told, again);
    expect(ready.words).toContain("Your request is being sent");
    const done = await alice.browser.submit(ready, "/transfer");
    expect([done.status, done.text]).toEqual([200, "ok"]);
    expect(sent("POST").map((arrival) => arrival.body())).toEqual(["payee=Marina&amount=1500"]);
    expect(keyOf(0)).toBe(first);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a sensitive page", () => {
  const challengeRecords = () =>
    fetch(`${world.authsignal.url}/control/actions/read-record`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ defaultOutcome: "CHALLENGE" }),
    });

  it.each(["/records/7?x=1", "//records/7"])(
    "%s is shown once the person has confirmed, by a GET of the same address",
    async (path) => {
      expect((await challengeRecords()).status).toBe(200);
      const approval = await alice.browser.open(world.gatewayUrl + path);
      expect(approval.words).toContain("Confirm that it is you");
      const confirmed = await passChallenge(alice, approval);
      const [form] = confirmed.forms;
      expect(form?.action).toBe(world.gatewayUrl + path);
      const shown = await alice.browser.submit(confirmed, new URL(world.gatewayUrl + path).pathname);
      expect([shown.status, shown.text]).toEqual([200, "ok"]);
      expect(origin.arrivals().map(({ method, url, body }) => [method, url, body()])).toEqual([
        ["GET", path, ""],
      ]);
    },
  );
});

describe("the policy of the moment", () => {
  it(
    "decides again when a confirmed request comes back: what is denied now is not sent",
    { timeout: 60_000 },
    async () => {
      const confirmed = await passChallenge(alice, await postTransfer(alice, LARGE));
      const policy = JSON.parse(await readFile(POLICY_FILE, "utf8")) as { routes: object[] }; // checked when the world started
      const closed = { id: "no-transfers", match: { path: "/transfer" }, require: "deny" };
      await world.pushPolicy(JSON.stringify({ ...policy, routes: [closed, ...policy.routes] }));
      await expect
        .poll(async () => (await alice.browser.open(`${world.gatewayUrl}/transfer`)).status, {
          timeout: PUSH_TIMEOUT_MS,
        })
        .toBe(403);
      const refused = await alice.browser.submit(confirmed, "/transfer");
      expect(refused.status).toBe(403);
      expect(sent("POST")).toEqual([]);
    },
  );
});
