import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { completeByAppInUi, completeInUi, leaveUi } from "../../support/authsignal-ui.ts";
import { Browser, type BrowserPage } from "../../support/browser.ts";
import {
  atGateway,
  CHECK_COOKIE,
  SIGN_IN_PATH,
  steerCognito,
  submitName,
  whoIs,
} from "../../support/own-sign-in.ts";
import { send } from "../../support/http.ts";
import { GATEWAY_HOST, postTransfer, SESSION_COOKIE } from "../../support/person.ts";
import { ALICE, BOB, NEWT } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";
import { customAuthFunctions, customAuthTriggers, startLambda } from "../local/cognito/lambda.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const SIX_SECONDS_MS = 6_000;

let world: WatchedWorld;
beforeAll(async () => {
  world = await startWatchedWorld({
    signIn: "passwordless",
    vars: { SIGN_IN_TRIES: "1000", SIGN_IN_TRIES_PER_ADDRESS: "1000" },
  });
});
beforeEach(async () => {
  await resetAuthsignal(world);
  world.cognito.setFault(undefined);
  await steerCognito(world, "PUT", "clock", { shiftSeconds: 0 });
  await fetch(`${world.authsignal.url}/control/clock`, { method: "PUT", body: '{"shiftMs":0}' });
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

/** Begins as somebody, passes Authsignal's challenge, and stops before the way back. */
async function passed(user = ALICE, path = "/") {
  const at = await submitName(world, { username: user.username }, { path });
  const { back, token } = await completeInUi(world, at.url, user);
  return { ...at, back: atGateway(world, back), token };
}

function goBack(browser: Browser, back: URL): Promise<BrowserPage> {
  return browser.open(back, world.authsignal.publicUrl);
}

/** What the form says is wrong, and that nobody is signed in. */
async function problemOf(page: BrowserPage, browser: Browser): Promise<string | undefined> {
  expect([page.url.pathname, await whoIs(world, browser)]).toEqual([SIGN_IN_PATH, undefined]);
  return /For support: (\w+), request [\w-]+/.exec(page.words)?.[1];
}

describe("signing in without a password", () => {
  it("leads through Authsignal, back to the page that was asked for, into a session", async () => {
    const { browser, back, url } = await passed(ALICE, "/payees?a=1&b=%2F");
    expect(new URL(url).origin).toBe(world.authsignal.publicUrl);
    const page = await goBack(browser, back);
    expect([page.status, page.url.href]).toEqual([200, `${world.gatewayUrl}/payees?a=1&b=%2F`]);
    expect(await whoIs(world, browser)).toBe("alice");
    const names = browser.cookieHeader(GATEWAY_HOST).replaceAll(/=[^;]*/g, "");
    expect(names).toContain(SESSION_COOKIE);
    expect(names).toContain("__Host-sallyport-device");
    expect(names).not.toContain(CHECK_COOKIE);
    expect(recorded(world, "signed_in").at(-1)).toMatchObject({ sub: ALICE.sub });
  });

  it("takes the e-mail address for a name, and blanks around it for nothing", async () => {
    const at = await submitName(world, { username: ` ${ALICE.email} ` });
    const { back } = await completeInUi(world, at.url, ALICE);
    await goBack(at.browser, atGateway(world, back));
    expect(await whoIs(world, at.browser)).toBe("alice");
  });

  it("goes on to a step-up on a transfer, in the same session", async () => {
    const { browser, back } = await passed();
    await goBack(browser, back);
    const fields = { payee: "Marina", amount: "1500", reference: "rent" };
    const approval = await postTransfer({ browser, world, user: ALICE }, fields);
    expect(approval.words).toContain("Confirm that it is you");
  });

  it("lets somebody in who never enrolled, by the address that the pool has verified", async () => {
    const { browser, back } = await passed(NEWT);
    await goBack(browser, back);
    expect(await whoIs(world, browser)).toBe("newt");
  });

  it("tells Authsignal of the browser what the gateway saw", async () => {
    const browser = new Browser();
    const form = await browser.open(world.gatewayUrl);
    const state = form.forms[0]?.fields["state"] ?? "";
    await browser.post(form.url, { state, username: "alice" }, form.url, { "User-Agent": "A browser/1.0" });
    const answer = await fetch(`${world.authsignal.url}/control/actions`);
    const actions = (await answer.json()) as Record<string, unknown>[]; // the stand-in's documented shape
    expect(actions.find(({ actionCode }) => actionCode === "sign-in")).toMatchObject({
      userId: ALICE.sub,
      userAgent: "A browser/1.0",
      custom: { deviceSource: "gateway", firstFactor: "none" },
    });
  });

  it("ends with a sign-out, and is needed again after it", async () => {
    const { browser, back } = await passed();
    await goBack(browser, back);
    const asked = await browser.open(`${world.gatewayUrl}/.sallyport/sign-out`);
    const out = await browser.submit(asked, "/.sallyport/sign-out");
    expect([out.url.pathname, out.words.includes("You are signed out")]).toEqual([
      "/.sallyport/signed-out",
      true,
    ]);
    expect(await whoIs(world, browser)).toBeUndefined();
    expect((await browser.open(`${world.gatewayUrl}/payees`)).url.pathname).toBe(SIGN_IN_PATH);
  });
});

describe("after a revocation", () => {
  it("only a sign-in after it counts; one in its very second is asked for again, by a person", async () => {
    const { browser, back } = await passed();
    await goBack(browser, back);
    const { sub } = ALICE;
    const listed = await fetch(`${world.authsignal.url}/v1/users/${sub}/authenticators`, {
      headers: { Authorization: `Basic ${btoa(`${world.authsignalSecret}:`)}` },
    });
    const [authenticator] = (await listed.json()) as { userAuthenticatorId: string }[]; // its documented shape
    const control = `${world.authsignal.url}/control/users/${sub}/authenticators`;
    await fetch(`${control}/${authenticator?.userAuthenticatorId}`, { method: "DELETE" });
    await vi.waitFor(async () => expect(await whoIs(world, browser)).toBeUndefined());
    await vi.waitFor(
      async () => {
        const again = await submitName(world, { username: "alice" }, { path: "/payees", browser });
        const { back: way } = await completeInUi(world, again.url, ALICE);
        const page = await goBack(browser, atGateway(world, way));
        if (page.url.pathname === SIGN_IN_PATH) {
          expect(await problemOf(page, browser)).toBe("session_revoked");
        }
        expect(await whoIs(world, browser)).toBe("alice");
      },
      { timeout: 10_000, interval: 200 },
    );
  });
});

describe("an older sign-in than a revocation", () => {
  it("is refused on the page and to programs, however new its token is", async () => {
    const { browser, back } = await passed(BOB);
    await goBack(browser, back);
    const answer = await fetch(`${world.authsignal.url}/v1/users/${BOB.sub}/authenticators`, {
      headers: { Authorization: `Basic ${btoa(`${world.authsignalSecret}:`)}` },
    });
    const [first] = (await answer.json()) as { userAuthenticatorId: string }[]; // its documented shape
    const control = `${world.authsignal.url}/control/users/${BOB.sub}/authenticators`;
    await fetch(`${control}/${first?.userAuthenticatorId}`, { method: "DELETE" });
    await vi.waitFor(async () => expect(await whoIs(world, browser)).toBeUndefined());
    await steerCognito(world, "PUT", "clock", { shiftSeconds: -120 });
    const form = await submitName(world, { username: "bob" }, { browser });
    const started = await send(`${world.gatewayUrl}/.sallyport/sign-in/start`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username: "bob" }),
    });
    const { state, challenge } = JSON.parse(started.text) as { state: string; challenge: { url: string } };
    const way = await completeByAppInUi(world, form.url, BOB);
    const page = await goBack(browser, atGateway(world, way.back));
    expect([page.status, await problemOf(page, browser)]).toEqual([401, "session_revoked"]);
    await fetch(`${world.authsignal.url}/control/clock`, {
      method: "PUT",
      body: JSON.stringify({ shiftMs: 31_000 }), // the code of the app is good once
    });
    const { token } = await completeByAppInUi(world, challenge.url, BOB);
    const finished = await send(`${world.gatewayUrl}/.sallyport/sign-in/finish`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ state, token }),
    });
    expect([finished.status, finished.text.includes("session_revoked")]).toEqual([401, true]);
  });
});

describe("triggers that are not what they should be", () => {
  const answering = async (publicChallengeParameters: Record<string, string>) => {
    const lambda = await startLambda({
      ...customAuthFunctions(),
      create: () => ({ publicChallengeParameters, privateChallengeParameters: {}, challengeMetadata: "" }),
    });
    world.cognito.setTriggers(customAuthTriggers(lambda));
    const outcome = await submitName(world, { username: "alice" });
    world.cognito.setTriggers(world.triggers?.triggers ?? {});
    await lambda.close();
    return outcome;
  };

  it.each([
    [{ step: "challenge", url: "https://evil.example/challenge?token=t" }],
    [{ step: "challenge", url: "http://authsignal.localhost:1@evil.example/" }],
    [{ step: "challenge", token: "t" }],
    [{ step: "enrolment", url: "javascript:alert(1)" }],
    [{ question: "2 + 3" }],
    [{}],
  ])("lead nowhere: %j", async (parameters) => {
    const { page, browser } = await answering(parameters);
    expect([page.hops, await problemOf(page, browser)]).toEqual([[], "sign_in_unavailable"]);
    expect(browser.cookie(GATEWAY_HOST, CHECK_COOKIE)).toBeUndefined();
  });

  it("do not keep the gateway busy for ever", async () => {
    const { page, browser } = await answering({ step: "prepare" });
    // The fake function fails the sign-in after three answers; ours would be stopped by the gateway.
    expect(["sign_in_unavailable", "credentials_refused"]).toContain(await problemOf(page, browser));
  });
});

describe("the way back", () => {
  it("is worth nothing in another browser: whoever is sent a link is not signed in by it", async () => {
    const { browser, back } = await passed();
    const victim = new Browser();
    expect(await problemOf(await goBack(victim, back), victim)).toBe("sign_in_failed");
    const busy = await submitName(world, { username: "bob" });
    expect(await problemOf(await goBack(busy.browser, back), busy.browser)).toBe("challenge_refused");
    await goBack(browser, back);
    expect(await whoIs(world, browser)).toBe("alice");
  });

  it("is good once, though the cookie and the token are kept", async () => {
    const { browser, back } = await passed();
    const cookie = browser.cookie(GATEWAY_HOST, CHECK_COOKIE) ?? "";
    await goBack(browser, back);
    const again = new Browser();
    again.setCookie(GATEWAY_HOST, CHECK_COOKIE, cookie);
    expect(await problemOf(await goBack(again, back), again)).toBe("sign_in_expired");
  });

  it("takes a token for the sign-in it was given in, not for the next one of the same person", async () => {
    const first = await passed();
    const second = await submitName(world, { username: "alice" });
    expect(await problemOf(await goBack(second.browser, first.back), second.browser)).toBe(
      "challenge_refused",
    );
  });

  it("does not take the token that the sign-in began with, though somebody approved", async () => {
    const { browser, back, url } = await passed();
    const started = new URL(back);
    started.searchParams.set("token", new URL(url).searchParams.get("token") ?? "");
    expect(await problemOf(await goBack(browser, started), browser)).toBe("challenge_refused");
  });

  it("does not take a state that was changed, moved or is a form's", async () => {
    const alice = await passed();
    const bob = await passed(BOB);
    const own = alice.browser.cookie(GATEWAY_HOST, CHECK_COOKIE) ?? "";
    const form = await alice.browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}`);
    const formCookie = alice.browser
      .cookieHeader(GATEWAY_HOST)
      .split("; ")
      .find((pair) => pair.startsWith("__Host-sallyport-sign-in-") && !pair.startsWith(CHECK_COOKIE));
    expect(form.status).toBe(200);
    for (const value of [
      `${own.slice(0, -10)}${own.at(-10) === "A" ? "B" : "A"}${own.slice(-9)}`,
      own.split(".").toReversed().join("."),
      formCookie?.split("=")[1] ?? "",
      "",
    ]) {
      const browser = new Browser();
      browser.setCookie(GATEWAY_HOST, CHECK_COOKIE, value);
      // One after the other: each is an attack of its own.
      // oxlint-disable-next-line no-await-in-loop
      expect(await problemOf(await goBack(browser, alice.back), browser)).toBe("sign_in_failed");
    }
    const swapped = new Browser();
    swapped.setCookie(GATEWAY_HOST, CHECK_COOKIE, own);
    expect(await problemOf(await goBack(swapped, bob.back), swapped)).toBe("challenge_refused");
  });

  it("of a check that was left says so, and leads to another try", async () => {
    const { browser, url } = await submitName(world, { username: "alice" }, { path: "/payees" });
    const { back } = await leaveUi(world, url);
    const page = await goBack(browser, atGateway(world, back));
    expect(await problemOf(page, browser)).toBe("challenge_refused");
    expect(page.status).toBe(403);
    const again = await browser.submit(page, SIGN_IN_PATH, { username: "alice" });
    const done = await completeInUi(world, again.url.href, ALICE);
    expect((await goBack(browser, atGateway(world, done.back))).url.pathname).toBe("/payees");
  });

  it("keeps the token out of every address that a page is shown at", async () => {
    const { browser, back, token } = await passed();
    const page = await goBack(browser, back);
    expect(page.url.href).not.toContain(token);
    const stranger = new Browser();
    expect((await goBack(stranger, back)).url.href).not.toContain(token);
  });

  it("without a token, or with an endless one, is refused before anybody is asked", async () => {
    const { browser, back } = await passed();
    for (const token of ["", "x".repeat(8_193)]) {
      const url = new URL(back);
      url.searchParams.set("token", token);
      // oxlint-disable-next-line no-await-in-loop
      expect(await problemOf(await goBack(browser, url), browser)).toBe("sign_in_failed");
    }
  });
});

describe("the form", () => {
  it("belongs to the browser that opened it: nobody is signed in by another site", async () => {
    const attacker = new Browser();
    const form = await attacker.open(`${world.gatewayUrl}${SIGN_IN_PATH}`);
    const state = form.forms[0]?.fields["state"] ?? "";
    const victim = new Browser();
    const posted = await victim.post(form.url, { state, username: "mallory" }, "http://evil.localhost/");
    expect([posted.status, posted.words.includes("came from another site")]).toEqual([403, true]);
    const stolen = await victim.post(form.url, { state, username: "mallory" }, form.url);
    expect(await problemOf(stolen, victim)).toBe("sign_in_failed");
    expect(victim.cookie(GATEWAY_HOST, CHECK_COOKIE)).toBeUndefined();
  });

  it.each([
    "//evil.example/x",
    "https://evil.example/x",
    "/\\evil.example/x",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "http://127.0.0.1.evil.example/",
  ])("leads nowhere else by return_to %j", async (returnTo) => {
    const browser = new Browser();
    const query = new URLSearchParams({ return_to: returnTo });
    const form = await browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}?${query.toString()}`);
    const out = await browser.submit(form, SIGN_IN_PATH, { username: "alice" });
    const { back } = await completeInUi(world, out.url.href, ALICE);
    const page = await goBack(browser, atGateway(world, back));
    expect(page.url.origin).toBe(world.gatewayUrl);
    expect([...page.hops, page.url].every(({ hostname }) => hostname === GATEWAY_HOST)).toBe(true);
    expect(form.text).not.toMatch(/href="[^"?]*evil/);
  });

  it("replaces the session that was there: a planted one is not made better", async () => {
    const mallory = await passed(BOB);
    await goBack(mallory.browser, mallory.back);
    const planted = mallory.browser.cookie(GATEWAY_HOST, SESSION_COOKIE) ?? "";
    const browser = new Browser();
    browser.setCookie(GATEWAY_HOST, SESSION_COOKIE, planted);
    const form = await browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}`);
    const out = await browser.submit(form, SIGN_IN_PATH, { username: "alice" });
    const { back } = await completeInUi(world, out.url.href, ALICE);
    await goBack(browser, atGateway(world, back));
    expect(browser.cookie(GATEWAY_HOST, SESSION_COOKIE)).not.toBe(planted);
    expect([await whoIs(world, browser), await whoIs(world, mallory.browser)]).toEqual(["alice", "bob"]);
  });

  it("is not kept, not framed, tells no other site where it was, and is whole in two languages", async () => {
    for (const [header, language, words] of [
      ["es-MX,en;q=0.5", "es", "Iniciar sesión en Harbour Bank"],
      ["de,en;q=0.5", "en", "Sign in to Harbour Bank"],
    ] as const) {
      const browser = new Browser();
      // oxlint-disable-next-line no-await-in-loop
      const page = await browser.request(`${world.gatewayUrl}${SIGN_IN_PATH}`, {
        headers: { Accept: "text/html", "Accept-Language": header },
      });
      expect(page.headers.get("cache-control")).toBe("no-store");
      expect(page.headers.get("referrer-policy")).toBe("same-origin");
      expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(page.text).toContain(`<html lang="${language}">`);
      expect(page.text).toContain(words);
      expect(page.text).not.toContain("<script");
    }
  });

  it("escapes the name that was typed", async () => {
    const { page } = await submitName(world, { username: `"><img src=x onerror=alert(1)>` });
    expect(page.text).not.toContain("<img src=x");
    expect(page.status).toBe(401);
  });

  it.each([[""], [" "], ["a b"], ["a\u0000b"], ["x".repeat(129)]])(
    "does not ask the pool about the name %j",
    async (username) => {
      world.cognito.setFault({ endpoint: "api", kind: "status" });
      const { page, browser } = await submitName(world, { username });
      expect(await problemOf(page, browser)).toBe("credentials_refused");
    },
  );

  it("takes nothing but a form, and not an endless one", async () => {
    const target = `${world.gatewayUrl}${SIGN_IN_PATH}`;
    const browser = new Browser();
    const answers = await Promise.all([
      browser.request(target, {
        method: "POST",
        headers: { "Content-Type": "text/plain" },
        body: "username=a",
      }),
      browser.request(target, { method: "POST", headers: FORM, body: `username=${"a".repeat(5_000)}` }),
      browser.request(target, { method: "POST", headers: FORM, body: "username=alice&state=x" }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    const codes = answers.map(({ text }) => (JSON.parse(text) as { code: string }).code);
    expect(codes).toEqual(["invalid_request", "invalid_request", "sign_in_failed"]);
  });
});

describe("somebody who does not exist", () => {
  it("gets the same answer, to the byte but for what is random", async () => {
    const shapes = await Promise.all(
      ["alice", ALICE.email, "nobody-such", "nobody@example.com"].map(async (username) => {
        const browser = new Browser();
        const form = await browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}`);
        const answer = await browser.request(form.url, {
          method: "POST",
          headers: { ...FORM, Accept: "text/html", "Sec-Fetch-Site": "same-origin" },
          body: new URLSearchParams({ ...form.forms[0]?.fields, username }).toString(),
        });
        const location = new URL(answer.headers.get("location") ?? "");
        const names = [...answer.headers].map(([name]) => name);
        const token = location.searchParams.get("token") ?? "";
        return {
          status: answer.status,
          text: answer.text,
          names,
          page: location.origin + location.pathname,
          lengths: token.split(".").map((part) => part.length),
          cookies: answer.headers.getSetCookie().map((cookie) => cookie.length),
        };
      }),
    );
    expect(shapes[0]?.status).toBe(303);
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });
});

describe("when something does not answer", () => {
  it("Cognito failing, talking nonsense or gone is a page that says so", async () => {
    for (const kind of ["status", "html", "json", "reset"] as const) {
      world.cognito.setFault({ endpoint: "api", kind });
      // oxlint-disable-next-line no-await-in-loop
      const { page, browser } = await submitName(world, { username: "alice" });
      // oxlint-disable-next-line no-await-in-loop
      expect([page.status, await problemOf(page, browser)]).toEqual([503, "sign_in_unavailable"]);
    }
  });

  it("Cognito wanting to be left alone is told as that", async () => {
    world.cognito.setFault({ endpoint: "api", kind: "rateLimit" });
    const { page, browser } = await submitName(world, { username: "alice" });
    expect([page.status, await problemOf(page, browser)]).toEqual([429, "sign_in_throttled"]);
  });

  it("Authsignal hanging is told within five seconds, before and after the challenge", async () => {
    const at = await passed();
    world.authsignal.setFault({ endpoint: "*", kind: "hang" });
    for (const step of [
      () => submitName(world, { username: "alice" }),
      async () => ({ page: await goBack(at.browser, at.back), browser: at.browser }),
    ]) {
      const startedMs = Date.now();
      // oxlint-disable-next-line no-await-in-loop
      const { page, browser } = await step();
      // oxlint-disable-next-line no-await-in-loop
      expect(await problemOf(page, browser)).toBe("sign_in_unavailable");
      expect(Date.now() - startedMs).toBeLessThan(SIX_SECONDS_MS);
    }
  });

  it("a sign-in that Cognito has forgotten begins again", async () => {
    const { browser, back } = await passed();
    await steerCognito(world, "PUT", "clock", { shiftSeconds: 200 });
    const page = await goBack(browser, back);
    expect([page.status, await problemOf(page, browser)]).toEqual([410, "sign_in_expired"]);
  });
});
