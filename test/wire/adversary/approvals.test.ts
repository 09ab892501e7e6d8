import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send } from "../../support/http.ts";
import { arrivals, GATEWAY_HOST, signInPerson, type Person } from "../../support/person.ts";
import {
  bringToken,
  LARGE,
  passedChallenge,
  problemOf,
  refusalOf,
  repeated,
  startChallenge,
  transferBy,
} from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

const PARALLEL = 20;

let world: WatchedWorld;
let alice: string;
let bob: string;
beforeAll(async () => {
  world = await startWatchedWorld();
  [alice, bob] = [await signInByPassword(world, ALICE), await signInByPassword(world, BOB)];
});
beforeEach(async () => {
  await resetAuthsignal(world);
  await fetch(`${world.originUrl}/_log`, { method: "DELETE" });
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

const transfers = () => arrivals(world, "POST", "/transfer");
const addPayee = (token: string, headers: Readonly<Record<string, string>> = {}) =>
  send(`${world.gatewayUrl}/payees`, {
    method: "POST",
    headers: { ...bearer(token), "Content-Type": "application/json", ...headers },
    body: '{"name":"Thief","account":"GB00"}',
  });

describe("an approval of something else", () => {
  it("of another action completes and releases nothing", async () => {
    const { challenge: payee } = problemOf(await addPayee(alice));
    const passed = await completeInUi(world, payee?.url ?? "", ALICE);
    const challenge = await startChallenge(world, alice);
    expect(refusalOf(await bringToken(challenge, alice, passed.token))).toEqual([403, "challenge_refused"]);
    const completed = await passedChallenge(world, alice, ALICE);
    expect(refusalOf(await addPayee(alice, repeated(completed)))).toEqual([403, "challenge_mismatch"]);
    expect(arrivals(world, "POST", "/payees")).toEqual([]);
  });

  it("of another person completes nothing, whoever brings it", async () => {
    const challenge = await startChallenge(world, alice);
    const theirs = await startChallenge(world, bob);
    const { token } = await completeInUi(world, theirs.url, BOB);
    expect(refusalOf(await bringToken(challenge, alice, token))).toEqual([403, "challenge_refused"]);
    expect(refusalOf(await bringToken(challenge, bob, token))).toEqual([404, "challenge_not_found"]);
    expect(recorded(world, "refused")).toContainEqual(
      expect.objectContaining({ challenge: challenge.id, reason: "foreign" }),
    );
  });

  it.each([
    ["a field twice", '{"payee":"Marina","amount":1500,"amount":1}'],
    ["a look-alike", '{"payee":"Marina","amount":1500,"Amount":1}'],
    ["another spelling of the number", '{"payee":"Marina","amount":1.5e3}'],
    ["another order of the fields", '{"amount":1500,"payee":"Marina"}'],
    ["one space more", '{"payee":"Marina", "amount":1500}'],
  ])("is not stretched by %s", async (_, body) => {
    const challenge = await passedChallenge(world, bob, BOB);
    const answer = await send(`${world.gatewayUrl}/transfer`, {
      method: "POST",
      headers: { ...bearer(bob), ...repeated(challenge), "Content-Type": "application/json" },
      body,
    });
    expect(["attribute_refused", "challenge_mismatch"]).toContain(problemOf(answer).code);
    expect(transfers()).toEqual([]);
  });

  it("is not stretched by two ids, or one in the query or the body", async () => {
    const challenge = await passedChallenge(world, alice, ALICE);
    const two = { "Sallyport-Challenge": `${challenge.id}, ${randomUUID()}` };
    expect(refusalOf(await transferBy(world, alice, LARGE, two))).toEqual([404, "challenge_not_found"]);
    const inQuery = await send(`${world.gatewayUrl}/transfer?Sallyport-Challenge=${challenge.id}`, {
      method: "POST",
      headers: { ...bearer(alice), "Content-Type": "application/json" },
      body: JSON.stringify(LARGE),
    });
    expect(refusalOf(inQuery)).toEqual([401, "step_up_required"]);
    const odd = { Sallyport_Challenge: challenge.id };
    expect(refusalOf(await transferBy(world, alice, LARGE, odd))).toEqual([401, "step_up_required"]);
    expect(transfers()).toEqual([]);
  });
});

describe("races", () => {
  it("between completing, giving up and repeating release at most once", async () => {
    const challenge = await startChallenge(world, bob);
    const { token } = await completeInUi(world, challenge.url, BOB);
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, (_, index) => {
        switch (index % 3) {
          case 0:
            return bringToken(challenge, bob, token);
          case 1:
            return transferBy(world, bob, LARGE, repeated(challenge));
          default:
            return send(challenge.complete, { method: "DELETE", headers: bearer(bob) });
        }
      }),
    );
    expect(answers.every(({ status }) => status < 500)).toBe(true);
    expect(transfers().length).toBeLessThanOrEqual(1);
  });

  it("between a revocation and the repeats release nothing after it", async () => {
    const token = await signInByPassword(world, BOB);
    const challenge = await passedChallenge(world, token, BOB);
    const out = await send(`${world.gatewayUrl}/.sallyport/sign-out`, {
      method: "POST",
      headers: bearer(token),
    });
    expect(out.status).toBe(303);
    expect(refusalOf(await transferBy(world, token, LARGE, repeated(challenge)))).toEqual([
      401,
      "session_revoked",
    ]);
    expect(transfers()).toEqual([]);
  });
});

describe("a copied session cookie", () => {
  it("does not complete by script what another browser started", async () => {
    const started = await signInPerson(world, ALICE);
    const other: Person = await signInPerson(world, ALICE);
    const { browser } = other;
    const session = started.browser.cookie(GATEWAY_HOST, "__Host-sallyport-session") ?? "";
    browser.setCookie(GATEWAY_HOST, "__Host-sallyport-session", session);
    const script = (headers: Readonly<Record<string, string>> = {}) => ({
      method: "POST",
      headers: {
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/json",
        ...headers,
      },
    });
    const asked = await started.browser.request(`${world.gatewayUrl}/transfer`, {
      ...script(),
      body: JSON.stringify(LARGE),
    });
    const { challenge } = problemOf(asked);
    const { token } = await completeInUi(world, challenge?.url ?? "", ALICE);
    const body = JSON.stringify({ token });
    const theirs = await browser.request(challenge?.complete ?? "", { ...script(), body });
    expect(refusalOf(theirs)).toEqual([403, "challenge_refused"]);
    const own = await started.browser.request(challenge?.complete ?? "", { ...script(), body });
    expect([own.status, JSON.parse(own.text)]).toMatchObject([200, { state: "succeeded" }]);
  });
});
