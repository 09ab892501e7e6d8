import { Authsignal, UserActionState, VerificationMethod } from "@authsignal/node";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeByAppInUi, completeInUi } from "../../support/authsignal-ui.ts";
import type { BrowserPage } from "../../support/browser.ts";
import { send } from "../../support/http.ts";
import { startOrigin, type Origin } from "../../support/origin.ts";
import {
  GATEWAY_HOST,
  passChallenge,
  SESSION_COOKIE,
  signInPerson,
  type Person,
} from "../../support/person.ts";
import { bringToken, problemOf, refusalOf, repeated } from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB, NEWT } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

const POLICY_FILE = join(import.meta.dirname, "../../support/route-fields-policy.json");
const DAY_MS = 86_400_000;

let origin: Origin;
let world: WatchedWorld;
let sdk: Authsignal;
beforeAll(async () => {
  origin = await startOrigin();
  world = await startWatchedWorld({ origin: origin.url, policyFile: POLICY_FILE });
  sdk = new Authsignal({ apiSecretKey: world.authsignalSecret, apiUrl: `${world.authsignal.url}/v1` });
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

/** What Authsignal's rules decide for an action from now on. */
async function outcome(action: string, defaultOutcome: "ALLOW" | "CHALLENGE" | "REVIEW" | "BLOCK") {
  await control("PUT", `/control/actions/${action}`, { defaultOutcome });
}

async function control(method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(world.authsignal.url + path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

/** Every action that Authsignal was asked about, newest first. */
async function tracked(): Promise<{ actionCode: string; state: string; idempotencyKey: string }[]> {
  const answer = await fetch(`${world.authsignal.url}/control/actions`);
  return (await answer.json()) as { actionCode: string; state: string; idempotencyKey: string }[];
}

const visit = (person: Person, path: string) =>
  person.browser.open(world.gatewayUrl + path, world.gatewayUrl);
const post = (person: Person, path: string, fields: Record<string, string> = {}) =>
  person.browser.post(world.gatewayUrl + path, fields, world.gatewayUrl);
const arrived = (method: string, path: string) =>
  origin.arrivals().filter((one) => one.method === method && one.url === path);

/** Passes the challenge of a GET and ends at its answer. */
async function passAndResume(person: Person, approval: BrowserPage, path: string): Promise<BrowserPage> {
  return person.browser.submit(await passChallenge(person, approval), path);
}

describe("fresh: a duration", () => {
  beforeEach(() => outcome("billing", "CHALLENGE"));

  it("asks once, and then lets through by the ledger alone what the session does of that action", async () => {
    const alice = await signInPerson(world, ALICE);
    const approval = await visit(alice, "/billing/overview");
    expect(approval.words).toContain("Confirm that it is you");
    expect((await passAndResume(alice, approval, "/billing/overview")).text).toBe("ok");
    const asked = (await tracked()).length;
    expect((await visit(alice, "/billing/cards")).text).toBe("ok");
    expect((await post(alice, "/billing/cards", { number: "4" })).text).toBe("ok");
    expect(arrived("POST", "/billing/cards").map((one) => one.body())).toEqual(["number=4"]);
    const subresource = await alice.browser.request(`${world.gatewayUrl}/billing/logo.svg`, {
      headers: { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "same-origin" },
    });
    expect(subresource.status).toBe(200);
    expect(await tracked()).toHaveLength(asked);
    expect(recorded(world, "allowed")).toContainEqual(
      expect.objectContaining({ route: "billing", reason: "fresh", verificationMethod: "EMAIL_OTP" }),
    );
  });

  it("takes a long upload as it comes once it is covered, which no challenge could keep", async () => {
    const token = await signInByPassword(world, ALICE);
    const upload = { method: "PUT", headers: bearer(token), body: "x".repeat(2_000_000) };
    // Declared and not sent: a client that still sends may lose the answer with its connection (RFC 9112 section 9.6).
    const declared = { method: "PUT", headers: { ...bearer(token), "Content-Length": "2000000" } };
    expect(refusalOf(await send(`${world.gatewayUrl}/billing/import`, declared))).toEqual([
      413,
      "body_too_large",
    ]);
    await passAsProgram(token, "/billing/import");
    expect((await send(`${world.gatewayUrl}/billing/import`, upload)).status).toBe(200);
    expect(arrived("PUT", "/billing/import").at(-1)?.body()).toHaveLength(2_000_000);
  });

  it("still refuses values that the route bounds, and never sends a late ticket to the app", async () => {
    const alice = await signInPerson(world, ALICE);
    await outcome("billing", "CHALLENGE");
    const confirmed = await passChallenge(alice, await post(alice, "/billing/plan", { plan: "pro" }));
    alice.browser.deleteCookie(GATEWAY_HOST, "__Host-sallyport-resume"); // what its minute does
    const late = await alice.browser.submit(confirmed, "/billing/plan");
    expect(late.words).toContain("Your request is being sent");
    expect(arrived("POST", "/billing/plan")).toEqual([]);
    expect((await alice.browser.submit(late, "/billing/plan")).text).toBe("ok");
    expect(arrived("POST", "/billing/plan").map((one) => one.body())).toEqual(["plan=pro"]);
    expect((await post(alice, "/plan", { seats: "5" })).text).toBe("ok");
    expect((await post(alice, "/plan", { seats: "11" })).status).toBe(400);
    expect(arrived("POST", "/plan").map((one) => one.body())).toEqual(["seats=5"]);
  });

  it("counts for its own action, session, method and factor's age only", async () => {
    const bob = await signInPerson(world, BOB);
    await outcome("invoices", "CHALLENGE");
    await passAndResume(bob, await visit(bob, "/billing/a"), "/billing/a");
    expect((await visit(bob, "/billing/b")).text).toBe("ok");
    for (const path of ["/invoices/1", "/vault", "/safe"]) {
      expect((await visit(bob, path)).words).toContain("Confirm that it is you");
    }
    const elsewhere = await signInPerson(world, BOB);
    expect((await visit(elsewhere, "/billing/a")).words).toContain("Confirm that it is you");

    const approval = await visit(bob, "/vault");
    const { back } = await completeByAppInUi(world, approval.refresh ?? "", BOB);
    const confirmed = await bob.browser.open(back, world.authsignal.publicUrl);
    expect((await bob.browser.submit(confirmed, "/vault")).text).toBe("ok");
    expect((await visit(bob, "/vault")).text).toBe("ok");
    // A weaker check afterwards does not take the stronger one's place.
    expect((await visit(bob, "/billing/c")).text).toBe("ok");
  });

  it("ends with the session and with a revocation", async () => {
    const alice = await signInPerson(world, ALICE);
    await passAndResume(alice, await visit(alice, "/billing/a"), "/billing/a");
    const copied = alice.browser.cookie(GATEWAY_HOST, SESSION_COOKIE) ?? "";
    const out = await alice.browser.open(`${world.gatewayUrl}/.sallyport/sign-out`);
    await alice.browser.submit(out, "/.sallyport/sign-out");
    alice.browser.setCookie(GATEWAY_HOST, SESSION_COOKIE, copied);
    const answer = await alice.browser.request(`${world.gatewayUrl}/billing/a`);
    expect(refusalOf(answer)).toEqual([401, "session_revoked"]);
  });
});

describe("fresh: once", () => {
  it("challenges what Authsignal would allow, each time, and gives no grant to anything", async () => {
    const alice = await signInPerson(world, ALICE);
    await outcome("payout", "ALLOW");
    for (const amount of ["5", "6"]) {
      const approval = await post(alice, "/payout", { amount });
      expect(approval.words).toContain("Confirm that it is you");
      expect((await passAndResume(alice, approval, "/payout")).text).toBe("ok");
    }
    expect(arrived("POST", "/payout").map((one) => one.body())).toEqual(["amount=5", "amount=6"]);
    expect((await tracked()).map(({ state }) => state)).toEqual([
      "CHALLENGE_SUCCEEDED",
      "CHALLENGE_SUCCEEDED",
    ]);
  });

  it("lets nothing pass when Authsignal does not take the change, or does not answer", async () => {
    const token = await signInByPassword(world, ALICE);
    await control("PATCH", "/control/switches", { updateActionFrom: "required" });
    expect(refusalOf(await payout(token))).toEqual([503, "step_up_unavailable"]);
    await resetAuthsignal(world);
    world.authsignal.setFault({ endpoint: "actions", kind: "status", status: 500 });
    expect(refusalOf(await payout(token))).toEqual([503, "step_up_unavailable"]);
    expect(origin.arrivals()).toEqual([]);
  });

  it("asks a person without an authenticator to enrol, and then asks for the check itself", async () => {
    const token = await signInByPassword(world, NEWT);
    const { challenge } = problemOf(await payout(token));
    expect(challenge?.kind).toBe("enrolment");
    expect(origin.arrivals()).toEqual([]);
  });

  const payout = (token: string) =>
    send(`${world.gatewayUrl}/payout`, {
      method: "POST",
      headers: { ...bearer(token), "Content-Type": "application/json" },
      body: '{"amount":5}',
    });
});

describe("limits", () => {
  it("refuse one challenge more than the route allows, and say when to come back; what is allowed goes on", async () => {
    const alice = await signInByPassword(world, ALICE);
    await outcome("ping", "CHALLENGE");
    const ping = (token: string) =>
      send(`${world.gatewayUrl}/ping`, { method: "POST", headers: bearer(token) });
    const codes = (await Promise.all(Array.from({ length: 6 }, () => ping(alice)))).map(
      (answer) => problemOf(answer).code,
    );
    expect(codes.toSorted()).toEqual([
      ...Array<string>(2).fill("step_up_required"),
      ...Array<string>(4).fill("too_many_challenges"),
    ]);
    const refused = await ping(alice);
    expect(refusalOf(refused)).toEqual([429, "too_many_challenges"]);
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(3_500);
    expect(seconds).toBeLessThanOrEqual(3_600);

    const anew = await signInByPassword(world, ALICE);
    expect(refusalOf(await ping(anew))).toEqual([429, "too_many_challenges"]);
    expect(refusalOf(await ping(await signInByPassword(world, BOB)))).toEqual([401, "step_up_required"]);
    await outcome("ping", "ALLOW");
    expect((await ping(alice)).status).toBe(200);
  });

  it("tell a person by a page", async () => {
    const alice = await signInPerson(world, ALICE);
    await outcome("ping", "CHALLENGE");
    const page = await post(alice, "/ping");
    expect([page.status, page.headers.get("retry-after") !== null]).toEqual([429, true]);
    expect(page.words).toContain("Too many checks were started");
    expect(page.words).toContain("Nothing was sent to the app");
  });
});

describe("factorAge", () => {
  it("refuses an authenticator that was set up too recently, and says how old it must be", async () => {
    const alice = await signInPerson(world, ALICE);
    await outcome("guarded", "CHALLENGE");
    const approval = await post(alice, "/guarded");
    const refused = await passChallenge(alice, approval);
    expect(refused.words).toContain("Not confirmed: nothing was done");
    expect(refused.words).toContain("set up too recently: here it counts once it is 24 hours old");
    expect(arrived("POST", "/guarded")).toEqual([]);
    expect(recorded(world, "refused")).toContainEqual(expect.objectContaining({ reason: "factor_too_new" }));
  });

  it("takes one that is old enough, though a newer one of the same kind is there", async () => {
    await outcome("guarded", "CHALLENGE");
    for (const one of await sdk.getAuthenticators({ userId: ALICE.sub })) {
      await sdk.deleteAuthenticator({ userId: ALICE.sub, userAuthenticatorId: one.userAuthenticatorId });
    }
    await control("PUT", "/control/clock", { shiftMs: -2 * DAY_MS });
    await enrol(ALICE.email);
    await control("PUT", "/control/clock", { shiftMs: 0 });
    const alice = await signInPerson(world, ALICE);
    expect((await passAndResume(alice, await post(alice, "/guarded"), "/guarded")).text).toBe("ok");
    expect((await post(alice, "/guarded")).words).toContain("Confirm that it is you"); // always-ask
  });

  const enrol = (email: string) =>
    sdk.enrollVerifiedAuthenticator({
      userId: ALICE.sub,
      attributes: { email, verificationMethod: VerificationMethod.EMAIL_OTP },
    });
});

describe("methods", () => {
  it("another one is refused, and the page says which would do", async () => {
    const bob = await signInPerson(world, BOB);
    await outcome("strong", "CHALLENGE");
    const refused = await passChallenge(bob, await post(bob, "/strong", { a: "1" }));
    expect(refused.words).toContain("This needs an authenticator app or a passkey.");
    expect(arrived("POST", "/strong")).toEqual([]);
    const again = await bob.browser.submit(refused, `${refused.url.pathname}/retry`);
    const { back } = await completeByAppInUi(world, again.refresh ?? "", BOB);
    const confirmed = await bob.browser.open(back, world.authsignal.publicUrl);
    expect((await bob.browser.submit(confirmed, "/strong")).text).toBe("ok");
    expect(arrived("POST", "/strong").map((one) => one.body())).toEqual(["a=1"]);
  });

  it("a program is told them in its problem document, before and after", async () => {
    const token = await signInByPassword(world, BOB);
    await outcome("strong", "CHALLENGE");
    const started = problemOf(
      await send(`${world.gatewayUrl}/strong`, { method: "POST", headers: bearer(token) }),
    );
    expect(started.challenge?.methods).toEqual(["AUTHENTICATOR_APP", "PASSKEY"]);
    const challenge = present(started.challenge);
    world.confide(challenge.token, challenge.url);
    const result = await completeInUi(world, challenge.url, BOB);
    const brought = await bringToken(challenge, token, result.token);
    expect(refusalOf(brought)).toEqual([403, "challenge_refused"]);
    expect(JSON.parse(brought.text)).toMatchObject({
      detail: "This needs an authenticator app or a passkey.",
      failure: "wrong_method",
      methods: ["AUTHENTICATOR_APP", "PASSKEY"],
    });
  });
});

describe("review: wait", () => {
  beforeEach(() => outcome("claim", "REVIEW"));

  it("keeps the request, says so, looks again by itself, and sends it once when the person says so", async () => {
    const alice = await signInPerson(world, ALICE);
    const waiting = await post(alice, "/claims", { amount: "80" });
    expect(waiting.words).toContain("This is being looked at");
    expect(waiting.words).toContain("Nothing has been done yet");
    expect(waiting.refresh).toBe(waiting.url.pathname);
    expect((await alice.browser.open(waiting.url)).words).toContain("This is being looked at");
    await decideReview(UserActionState.REVIEW_SUCCEEDED);
    const passed = await pageWith(alice, waiting.url, "The review has let this through");
    expect(arrived("POST", "/claims")).toEqual([]);
    expect(passed.text).not.toContain("continue.js");
    expect((await alice.browser.submit(passed, "/claims")).text).toBe("ok");
    expect((await alice.browser.submit(passed, "/claims")).words).toContain("This is done");
    expect(arrived("POST", "/claims").map((one) => one.body())).toEqual(["amount=80"]);
  });

  it.each([
    UserActionState.REVIEW_FAILED,
    UserActionState.BLOCK,
    UserActionState.ALLOW,
    UserActionState.CHALLENGE_SUCCEEDED,
    UserActionState.CHALLENGE_REQUIRED,
  ])("that ends as %s lets nothing through", async (state) => {
    const alice = await signInPerson(world, ALICE);
    const waiting = await post(alice, "/claims", { amount: "80" });
    await decideReview(state);
    const refused = await pageWith(alice, waiting.url, "Not confirmed: nothing was done");
    expect(refused.words).toContain("The review did not allow it.");
    expect(refused.forms).toEqual([]);
    expect(arrived("POST", "/claims")).toEqual([]);
  });

  it("is asked about once in a while, however many wait, and an Authsignal that is down ends nothing", async () => {
    const alice = await signInPerson(world, ALICE);
    const waiting = await post(alice, "/claims", { amount: "80" });
    world.authsignal.setFault({ endpoint: "actions", kind: "status", status: 500 });
    await Promise.all(Array.from({ length: 10 }, () => alice.browser.open(waiting.url)));
    world.authsignal.setFault(undefined);
    expect((await alice.browser.open(waiting.url)).words).toContain("This is being looked at");
    await decideReview(UserActionState.REVIEW_SUCCEEDED);
    await pageWith(alice, waiting.url, "The review has let this through");
  });

  it("a program asks for the challenge, and repeats its request once that has succeeded", async () => {
    const token = await signInByPassword(world, ALICE);
    const claim = (headers: Readonly<Record<string, string>> = {}) =>
      send(`${world.gatewayUrl}/claims`, {
        method: "POST",
        headers: { ...bearer(token), "Content-Type": "application/json", ...headers },
        body: '{"amount":80}',
      });
    const told = await claim();
    expect([told.status, told.headers.get("retry-after")]).toEqual([403, "4"]);
    const problem = JSON.parse(told.text) as { code: string; challenge: { id: string; kind: string } };
    expect(problem).toMatchObject({ code: "review_required", challenge: { kind: "review" } });
    expect(JSON.stringify(problem)).not.toContain('"token"');
    const { id } = problem.challenge;
    const look = () => send(`${world.gatewayUrl}/.sallyport/challenges/${id}`, { headers: bearer(token) });
    expect(JSON.parse((await look()).text)).toMatchObject({ state: "pending", kind: "review" });
    expect(refusalOf(await claim(repeated({ id })))).toEqual([409, "challenge_pending"]);
    await decideReview(UserActionState.REVIEW_SUCCEEDED);
    await expect
      .poll(async () => (JSON.parse((await look()).text) as { state: string }).state, { timeout: 15_000 })
      .toBe("succeeded");
    expect((await claim(repeated({ id }))).status).toBe(200);
    expect(refusalOf(await claim(repeated({ id })))).toEqual([409, "challenge_used"]);
    expect(arrived("POST", "/claims")).toHaveLength(1);
  });

  /** What the analyst decides about the newest claim. */
  async function decideReview(state: UserActionState): Promise<void> {
    const [newest] = await tracked();
    await sdk.updateAction({
      userId: ALICE.sub,
      action: "claim",
      idempotencyKey: newest?.idempotencyKey ?? "",
      attributes: { state },
    });
  }

  /** The page of a challenge, once it says this: Authsignal is asked every few seconds. */
  async function pageWith(person: Person, url: URL, words: string): Promise<BrowserPage> {
    let page = await person.browser.open(url);
    await expect
      .poll(async () => (page = await person.browser.open(url)).words, { timeout: 15_000 })
      .toContain(words);
    return page;
  }
});

describe("a link from another site", () => {
  it("is asked about only after a click that shows the person means it", async () => {
    const alice = await signInPerson(world, ALICE);
    await outcome("record", "CHALLENGE");
    for (const from of ["https://mail.example/inbox", world.authsignal.publicUrl]) {
      const arrival = await alice.browser.open(`${world.gatewayUrl}/records/7?a=%2F`, from);
      expect([arrival.status, arrival.words.includes("Do you want to open this page?")]).toEqual([200, true]);
      expect(arrival.text).toContain(`href="${world.gatewayUrl}/records/7?a=%2F"`);
      expect(arrival.refresh).toBeUndefined();
    }
    expect(await tracked()).toEqual([]);
    const approval = await alice.browser.open(`${world.gatewayUrl}/records/7?a=%2F`, world.gatewayUrl);
    expect(approval.words).toContain("Confirm that it is you");
    const typed = await alice.browser.open(`${world.gatewayUrl}/records/7`);
    expect(typed.words).toContain("Confirm that it is you");
  });

  it.each([
    ["another site", { "Sec-Fetch-Site": "cross-site" }],
    ["a neighbouring host", { "Sec-Fetch-Site": "same-site" }],
  ])("of %s starts nothing, by a page, a prefetch, a picture, a frame or a script", async (_from, site) => {
    const alice = await signInPerson(world, ALICE);
    await outcome("record", "CHALLENGE");
    const page = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", Accept: "text/html" };
    for (const headers of [
      page,
      { ...page, "Sec-Purpose": "prefetch" },
      { ...page, "Sec-Purpose": "prefetch;prerender" },
      { ...page, "Sec-Fetch-Dest": "iframe" },
      { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" },
      { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" },
    ]) {
      const answer = await alice.browser.request(`${world.gatewayUrl}/records/7`, {
        headers: { ...headers, ...site },
      });
      expect([answer.status, answer.text.includes("step_up_required")]).toEqual(
        headers === page ? [200, false] : [401, true],
      );
      expect(answer.text).not.toContain(world.authsignal.publicUrl);
    }
    expect(await tracked()).toEqual([]);
    expect(arrived("GET", "/records/7")).toEqual([]);
  });

  it.each(["prefetch", "prefetch;prerender"])(
    "a page of the app's own that is fetched ahead (%s) starts nothing",
    async (purpose) => {
      const alice = await signInPerson(world, ALICE);
      await outcome("record", "CHALLENGE");
      const answer = await alice.browser.request(`${world.gatewayUrl}/records/7`, {
        headers: {
          "Sec-Fetch-Mode": "navigate",
          "Sec-Fetch-Dest": "document",
          "Sec-Fetch-Site": "same-origin",
          "Sec-Purpose": purpose,
        },
      });
      expect(refusalOf(answer)).toEqual([401, "step_up_required"]);
      expect(await tracked()).toEqual([]);
    },
  );

  it("goes on at once where a fresh step-up covers it", async () => {
    const alice = await signInPerson(world, ALICE);
    await outcome("billing", "CHALLENGE");
    await passAndResume(alice, await visit(alice, "/billing/a"), "/billing/a");
    expect((await alice.browser.open(`${world.gatewayUrl}/billing/b`, "https://mail.example/")).text).toBe(
      "ok",
    );
  });
});

function present<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error("it is not there");
  }
  return value;
}

/** Starts and passes a challenge with a small request of a program's. */
async function passAsProgram(token: string, path: string): Promise<void> {
  await outcome("billing", "CHALLENGE");
  const started = await send(world.gatewayUrl + path, { method: "PUT", headers: bearer(token), body: "x" });
  const challenge = present(problemOf(started).challenge);
  world.confide(challenge.token, challenge.url);
  const result = await completeInUi(world, challenge.url, ALICE);
  expect((await bringToken(challenge, token, result.token)).status).toBe(200);
}
