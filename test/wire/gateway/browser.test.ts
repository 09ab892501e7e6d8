import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enrolInUi, leaveUi } from "../../support/authsignal-ui.ts";
import { Browser } from "../../support/browser.ts";
import {
  arrivals,
  GATEWAY_HOST,
  passChallenge,
  postTransfer,
  RESUME_COOKIE,
  SESSION_COOKIE,
  signIn,
  signInPerson,
  type Person,
} from "../../support/person.ts";
import { refusalOf } from "../../support/program.ts";
import { ALICE, BOB, MALLORY, NEWT } from "../../support/users.ts";
import { resetAuthsignal, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

const PARALLEL = 30;
const LARGE = { payee: "Marina & Söhne", amount: "1500", reference: "rent" };
/** As long as the form that goes on by itself. */
const TICKET_BODY_BYTES = "sallyport-ticket=".length + 36 + 1 + 43;
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

let world: WatchedWorld;
let alice: Person;
beforeAll(async () => {
  world = await startWatchedWorld();
  alice = await signInPerson(world, ALICE);
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

/** The ticket that the page which goes on by itself carries. */
function ticketOn(page: { readonly forms: readonly { fields: Readonly<Record<string, string>> }[] }): string {
  const ticket = page.forms[0]?.fields["sallyport-ticket"] ?? "";
  expect(ticket).toMatch(/^[0-9a-f-]{36}\.[\w-]{43}$/);
  world.confide(ticket);
  return ticket;
}

describe("signing in", () => {
  it("leads back to the page that was asked for, with its query", async () => {
    const { page, browser } = await signInPerson(world, ALICE, "/payees?a=1&b=%2F");
    expect([page.status, page.url.href]).toEqual([200, `${world.gatewayUrl}/payees?a=1&b=%2F`]);
    const names = browser.cookieHeader(GATEWAY_HOST).replaceAll(/=[^;]*/g, "");
    expect(names).toBe("__Host-sallyport-session; __Host-sallyport-device");
  });

  it("is not needed again at once: managed login's own session does for another app window", async () => {
    const again = await alice.browser.open(`${world.gatewayUrl}/settings`);
    expect([again.status, again.hops]).toEqual([200, []]);
    alice.browser.deleteCookie(GATEWAY_HOST, SESSION_COOKIE);
    const silently = await alice.browser.open(`${world.gatewayUrl}/settings`);
    expect([silently.status, silently.url.pathname]).toEqual([200, "/settings"]);
    expect(silently.hops.length).toBeGreaterThan(1);
  });

  it("does not replay a form that was posted without a session", async () => {
    const page = await postTransfer({ ...alice, browser: new Browser() }, LARGE);
    expect(page.status).toBe(401);
    expect(page.words).toContain("was not processed");
    expect(transfers()).toEqual([]);
  });
});

describe("a challenged form", () => {
  it("is kept, approved, and sent once with what was typed and who the person is", async () => {
    const approval = await postTransfer(alice, LARGE);
    expect(approval.status).toBe(200);
    expect(approval.hops.map((hop) => hop.pathname)).toEqual(["/transfer"]);
    expect(approval.words).toContain("Nothing has been done yet");
    expect(approval.words).toContain("£1,500.00");
    expect(approval.words).toContain("Marina & Söhne");
    expect(new URL(approval.refresh ?? "").origin).toBe(world.authsignal.publicUrl);
    expect(transfers()).toEqual([]);

    const confirmed = await passChallenge(alice, approval);
    expect(confirmed.url.search).toBe("");
    expect(confirmed.headers.get("referrer-policy")).toBe("same-origin");
    expect(transfers()).toEqual([]);

    const receipt = await alice.browser.submit(confirmed, "/transfer");
    expect([receipt.status, receipt.hops.map((hop) => hop.pathname)]).toEqual([200, ["/transfer"]]);
    expect(receipt.words).toContain("£1,500.00 is on its way to Marina & Söhne");
    const [arrival, ...more] = transfers();
    expect(more).toEqual([]);
    expect(new URLSearchParams(arrival?.bodyText)).toEqual(new URLSearchParams(LARGE));
    const headers = new Map(arrival?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(headers.get("origin")).toBe(world.gatewayUrl);
    expect(headers.get("x-forwarded-user")).toBe(ALICE.sub);
    expect(headers.get("cookie")).toBeUndefined();
    expect(headers.get("content-type")).toBe("application/x-www-form-urlencoded");
  });

  it("is not done again by a reload of the answer, of the way back, or of the page", async () => {
    const approval = await postTransfer(alice, LARGE);
    const confirmed = await passChallenge(alice, approval);
    const ticket = ticketOn(confirmed);
    await alice.browser.submit(confirmed, "/transfer");

    const replayed = await alice.browser.submit(confirmed, "/transfer");
    expect(replayed.words).toContain("This is done");
    const wayBack = await alice.browser.open(confirmed.hops[0] ?? "");
    expect(wayBack.words).toContain("This is done");
    const page = await alice.browser.open(confirmed.url);
    expect([page.words.includes("This is done"), page.forms]).toEqual([true, []]);

    alice.browser.deleteCookie(GATEWAY_HOST, RESUME_COOKIE);
    const late = await alice.browser.post(
      `${world.gatewayUrl}/transfer`,
      { "sallyport-ticket": ticket },
      world.gatewayUrl,
    );
    expect(late.words).toContain("This is done");
    expect(transfers()).toHaveLength(1);
  });

  it("is sent once by thirty returns at once", async () => {
    const confirmed = await passChallenge(alice, await postTransfer(alice, LARGE));
    const body = `sallyport-ticket=${ticketOn(confirmed)}`;
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, () =>
        alice.browser.request(`${world.gatewayUrl}/transfer`, { method: "POST", headers: FORM, body }),
      ),
    );
    const to = answers.map((answer) => answer.headers.get("location") ?? "");
    expect(to.filter((location) => /\/transfer\//.test(location))).toHaveLength(1);
    expect(to.filter((location) => location.includes("/.sallyport/challenges/"))).toHaveLength(PARALLEL - 1);
    expect(transfers()).toHaveLength(1);
  });

  it("that is cancelled is not done, says so, and can be tried again with what was typed", async () => {
    const approval = await postTransfer(alice, LARGE);
    const { back } = await leaveUi(world, approval.refresh ?? "");
    const cancelled = await alice.browser.open(back, world.authsignal.publicUrl);
    expect(cancelled.words).toContain("Cancelled: nothing was done");
    expect(transfers()).toEqual([]);

    const retry = new URL(cancelled.url).pathname + "/retry";
    const again = await alice.browser.submit(cancelled, retry);
    expect(again.words).toContain("Marina & Söhne");
    expect(again.refresh).not.toBe(approval.refresh);
    const confirmed = await passChallenge(alice, again);
    await alice.browser.submit(confirmed, "/transfer");
    expect(new URLSearchParams(transfers()[0]?.bodyText)).toEqual(new URLSearchParams(LARGE));
    expect((await alice.browser.open(cancelled.url)).words).toContain("This is done");
    expect(transfers()).toHaveLength(1);
  });

  it("takes no forged ticket, nor another challenge's, nor another person's", async () => {
    const mine = ticketOn(await passChallenge(alice, await postTransfer(alice, LARGE)));
    const other = ticketOn(
      await passChallenge(alice, await postTransfer(alice, { ...LARGE, amount: "1700" })),
    );
    const bob = await signInPerson(world, BOB);
    const theirs = ticketOn(await passChallenge(bob, await postTransfer(bob, LARGE)));
    const [id, proof = ""] = mine.split(".");
    const tickets = [
      theirs,
      `${id}.${"A".repeat(43)}`,
      `${id}.${other.split(".")[1]}`,
      `${other.split(".")[0]}.${proof}`,
      `${id}.${proof.startsWith("A") ? "B" : "A"}${proof.slice(1)}`,
      `${crypto.randomUUID()}.${proof}`,
    ];
    for (const ticket of tickets) {
      const answer = await alice.browser.request(`${world.gatewayUrl}/transfer`, {
        method: "POST",
        headers: { ...FORM, Accept: "application/json" },
        body: `sallyport-ticket=${ticket}`,
      });
      expect(refusalOf(answer)).toEqual([404, "challenge_not_found"]);
    }
    expect(transfers()).toEqual([]);
  });

  it("does not get in the way of another one in a second tab", async () => {
    const first = await passChallenge(alice, await postTransfer(alice, LARGE));
    const second = await passChallenge(alice, await postTransfer(alice, { ...LARGE, amount: "1700" }));
    await alice.browser.submit(first, "/transfer");
    await alice.browser.submit(second, "/transfer");
    expect(transfers().map(({ bodyText }) => new URLSearchParams(bodyText).get("amount"))).toEqual([
      "1500",
      "1700",
    ]);
  });

  it("goes to its own target only", async () => {
    const confirmed = await passChallenge(alice, await postTransfer(alice, LARGE));
    for (const path of ["/payees", "/transfer?x=1", "/healthz", "/transfer/"]) {
      const answer = await alice.browser.request(world.gatewayUrl + path, {
        method: "POST",
        headers: FORM,
        body: `sallyport-ticket=${ticketOn(confirmed)}`,
      });
      expect(answer.status).toBe(404);
    }
    expect(world.bank?.requests()).toEqual([]);
    await alice.browser.submit(confirmed, "/transfer");
    expect(transfers()).toHaveLength(1);
  });

  it("leaves an ordinary form of the same length alone, though the marker is there", async () => {
    alice.browser.setCookie(GATEWAY_HOST, RESUME_COOKIE, "00000000-0000-4000-8000-000000000000");
    const body = "payee=".padEnd(TICKET_BODY_BYTES - "&amount=5".length, "M") + "&amount=5";
    const answer = await alice.browser.request(`${world.gatewayUrl}/transfer`, {
      method: "POST",
      headers: FORM,
      body,
    });
    expect(transfers().map(({ bodyText }) => bodyText)).toEqual([body]);
    expect(answer.status).toBeLessThan(500);
  });

  it("belongs to the session that started it: another sign-in of the same person does not find it", async () => {
    const approval = await postTransfer(alice, LARGE);
    const elsewhere = await signInPerson(world, ALICE);
    const found = await elsewhere.browser.open(approval.url);
    expect(found.status).toBe(404);
    expect(found.words).not.toContain("Marina");
  });

  it("survives a sign-out in between as nothing at all", async () => {
    const person = await signInPerson(world, ALICE);
    const confirmed = await passChallenge(person, await postTransfer(person, LARGE));
    const out = await person.browser.open(`${world.gatewayUrl}/.sallyport/sign-out`);
    expect((await person.browser.submit(out, "/.sallyport/sign-out")).words).toContain("signed out");
    await person.browser.submit(confirmed, "/transfer");
    expect(transfers()).toEqual([]);
  });
});

describe("who may not go on", () => {
  it("a user without an authenticator enrols, and is then asked", async () => {
    const newt = await signInPerson(world, NEWT);
    const offer = await postTransfer(newt, LARGE);
    expect(offer.words).toContain("Set up a second check");
    const { back } = await enrolInUi(world, offer.refresh ?? "", NEWT);
    const asked = await newt.browser.open(back, world.authsignal.publicUrl);
    expect(asked.words).toContain("Confirm that it is you");
    expect(transfers()).toEqual([]);
    const confirmed = await passChallenge(newt, asked);
    await newt.browser.submit(confirmed, "/transfer");
    expect(new URLSearchParams(transfers()[0]?.bodyText)).toEqual(new URLSearchParams(LARGE));
  });

  it("a user whom the rules block gets a page that says so", async () => {
    const page = await postTransfer(await signInPerson(world, MALLORY), { ...LARGE, amount: "5" });
    expect([page.status, page.words.includes("This was blocked")]).toEqual([403, true]);
    expect(transfers()).toEqual([]);
  });

  it("another site cannot post the form", async () => {
    const cookie = alice.browser.cookieHeader(GATEWAY_HOST);
    const foreign: Record<string, string>[] = [
      { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: `${world.gatewayUrl}.evil.example` },
    ];
    for (const headers of foreign) {
      const answer = await alice.browser.request(`${world.gatewayUrl}/transfer`, {
        method: "POST",
        headers: { ...FORM, Cookie: cookie, ...headers },
        body: "payee=M&amount=5",
      });
      expect(answer.status).toBe(403);
    }
    expect(world.bank?.requests()).toEqual([]);
  });

  it.each([
    ["Sec-Purpose", "prefetch"],
    ["Sec-Purpose", "prefetch;prerender"],
    ["Purpose", "prefetch"],
    ["X-Moz", "prefetch"],
    ["Sec-Fetch-Mode", "no-cors"],
    ["Sec-Fetch-Dest", "iframe"],
  ])("a request with %s: %s starts no challenge", async (name, value) => {
    const page = await alice.browser.post(`${world.gatewayUrl}/transfer`, LARGE, world.gatewayUrl, {
      [name]: value,
    });
    expect([page.status, page.text.includes("step_up_required")]).toEqual([401, true]);
    expect(page.text).not.toContain("authsignal.localhost");
    expect(await (await fetch(`${world.authsignal.url}/control/actions`)).json()).toEqual([]);
    expect(transfers()).toEqual([]);
  });
});

describe("after a sign-out", () => {
  it("a copied session cookie is worth nothing, and signing in again works", async () => {
    const person = await signInPerson(world, BOB);
    const copied = person.browser.cookie(GATEWAY_HOST, SESSION_COOKIE) ?? "";
    const out = await person.browser.open(`${world.gatewayUrl}/.sallyport/sign-out`);
    const done = await person.browser.submit(out, "/.sallyport/sign-out");
    expect([done.url.pathname, done.status]).toEqual(["/.sallyport/signed-out", 200]);
    expect(person.browser.cookie(GATEWAY_HOST, SESSION_COOKIE)).toBeUndefined();

    person.browser.setCookie(GATEWAY_HOST, SESSION_COOKIE, copied);
    const answer = await person.browser.request(`${world.gatewayUrl}/api/balance`);
    expect(refusalOf(answer)).toEqual([401, "session_revoked"]);
    const page = await person.browser.open(`${world.gatewayUrl}/`);
    expect(page.url.searchParams.get("prompt")).toBe("login");
    const home = await signIn(world, person.browser, BOB, page);
    expect([home.status, home.url.pathname]).toEqual([200, "/"]);
  });
});
