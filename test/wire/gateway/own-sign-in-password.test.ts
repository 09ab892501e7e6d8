import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeInUi, enrolInUi } from "../../support/authsignal-ui.ts";
import { Browser } from "../../support/browser.ts";
import { atGateway, SIGN_IN_PATH, submitName, typedBy, whoIs } from "../../support/own-sign-in.ts";
import { ALICE, BOB, MALLORY, NEWT } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";
import { PAGE_CLIENT } from "../../../workers/local/lambda/local-triggers.ts";
import { callApi } from "../local/cognito/pool.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const MAX_TRIES = 4;
const MAX_TRIES_PER_ADDRESS = 40;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

let world: WatchedWorld;
beforeAll(async () => {
  world = await startWatchedWorld({
    signIn: "password-first",
    vars: {
      SIGN_IN_TRIES: String(MAX_TRIES),
      SIGN_IN_TRIES_PER_ADDRESS: String(MAX_TRIES_PER_ADDRESS),
      SIGN_IN_COLOUR: "#3b3bb5",
      SIGN_IN_LOGO: "/logo.svg",
    },
  });
});
beforeEach(async () => {
  world.cognito.setFault(undefined);
  await resetAuthsignal(world);
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

/** Has Authsignal answer every sign-in like this. */
async function signInsAre(defaultOutcome: "ALLOW" | "BLOCK" | "REVIEW"): Promise<void> {
  const answer = await fetch(`${world.authsignal.url}/control/actions/sign-in`, {
    method: "PUT",
    body: JSON.stringify({ defaultOutcome }),
  });
  expect(answer.ok).toBe(true);
}

describe("a password first", () => {
  it("then Authsignal, then the session", async () => {
    const { browser, url } = await submitName(world, typedBy(ALICE), { path: "/payees" });
    expect(await whoIs(world, browser)).toBeUndefined();
    const { back } = await completeInUi(world, url, ALICE);
    const page = await browser.open(atGateway(world, back), world.authsignal.publicUrl);
    expect([page.url.pathname, await whoIs(world, browser)]).toEqual(["/payees", "alice"]);
  });

  it("is enough where the rules ask for nothing and the user could have been asked", async () => {
    await signInsAre("ALLOW");
    const { browser, page } = await submitName(world, typedBy(BOB), { path: "/payees" });
    expect([page.url.pathname, await whoIs(world, browser)]).toEqual(["/payees", "bob"]);
  });

  it("of somebody who never enrolled leads to an enrolment, and then to the check", async () => {
    const { browser, url } = await submitName(world, typedBy(NEWT));
    const enrolled = await enrolInUi(world, url, NEWT);
    const next = await browser.open(atGateway(world, enrolled.back), world.authsignal.publicUrl);
    expect([next.url.origin, await whoIs(world, browser)]).toEqual([world.authsignal.publicUrl, undefined]);
    const { back } = await completeInUi(world, next.url.href, NEWT);
    await browser.open(atGateway(world, back), world.authsignal.publicUrl);
    expect(await whoIs(world, browser)).toBe("newt");
  });

  it.each([
    ["BLOCK", 403, "blocked"],
    ["REVIEW", 403, "review_required"],
  ] as const)("does not help where the rules say %s", async (outcome, status, code) => {
    await signInsAre(outcome);
    const { browser, page } = await submitName(world, typedBy(MALLORY));
    expect([page.status, page.words.includes(code), await whoIs(world, browser)]).toEqual([
      status,
      true,
      undefined,
    ]);
  });

  it("that is wrong, and a name that is nobody's, give the same page to the byte", async () => {
    const wrong = await submitName(world, { username: "alice", password: "Wrong-Horse-1" });
    const nobody = await submitName(world, { username: "nobody", password: "Wrong-Horse-1" });
    expect([wrong.page.status, nobody.page.status]).toEqual([401, 401]);
    const plain = (text: string, name: string) =>
      text.replaceAll(UUID, "ID").replaceAll(`"${name}"`, '"NAME"');
    expect(plain(nobody.page.text, "nobody")).toBe(plain(wrong.page.text, "alice"));
    expect(wrong.page.text).not.toContain("Wrong-Horse-1");
    expect(recorded(world, "sign_in_stopped").at(-1)).toMatchObject({
      reason: "credentials_refused: not_authorized",
    });
  });

  it("of an account that is not confirmed yet gives that page too", async () => {
    const password = "Correct-Horse-9";
    const registered = await callApi(world.cognito, "SignUp", {
      ClientId: PAGE_CLIENT,
      Username: "judy",
      Password: password,
      UserAttributes: [{ Name: "email", Value: "judy@example.com" }],
    });
    expect(registered.body).toMatchObject({ UserConfirmed: false });
    const { page } = await submitName(world, { username: "judy", password });
    expect([page.status, page.words.includes("credentials_refused")]).toEqual([401, true]);
    expect(recorded(world, "sign_in_stopped").at(-1)).toMatchObject({
      reason: "credentials_refused: UserNotConfirmedException",
    });
  });

  it("that is missing is not tried", async () => {
    const { page } = await submitName(world, { username: "alice", password: "" });
    expect([page.status, page.words.includes("credentials_refused")]).toEqual([401, true]);
  });
});

describe("too many tries", () => {
  it("for one name are refused before the pool is asked, whatever its spelling; others go on", async () => {
    for (let count = 0; count < MAX_TRIES; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { page } = await submitName(world, { username: "carol", password: `guess-${count}` });
      expect(page.status).toBe(401);
    }
    world.cognito.setFault({ endpoint: "api", kind: "status" });
    const { page, browser } = await submitName(world, { username: "CAROL", password: "guess-5" });
    expect([page.status, page.words.includes("sign_in_throttled")]).toEqual([429, true]);
    const waitSeconds = Number(page.headers.get("retry-after"));
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(225);
    expect(await whoIs(world, browser)).toBeUndefined();
    world.cognito.setFault(undefined);
    const other = await submitName(world, { username: "dave", password: "guess" });
    expect(other.page.status).toBe(401);
  });

  it("from one address are refused whatever the names", async () => {
    const browser = new Browser();
    const form = await browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}`);
    const state = form.forms[0]?.fields["state"] ?? "";
    const post = (username: string, address: string) =>
      browser.request(form.url, {
        method: "POST",
        headers: { ...FORM, "CF-Connecting-IP": address },
        body: new URLSearchParams({ state, username, password: "guess" }).toString(),
      });
    world.cognito.setFault({ endpoint: "api", kind: "reset" });
    const names = Array.from({ length: MAX_TRIES_PER_ADDRESS }, (_, index) => `user-${index}`);
    // Every address of the same /64 is one subscriber's.
    const tried = await Promise.all(names.map((name, index) => post(name, `2001:db8:1:2::${index + 1}`)));
    expect(new Set(tried.map(({ status }) => status))).toEqual(new Set([503]));
    expect((await post("another", "2001:DB8:1:2:ffff::1")).status).toBe(429);
    expect((await post("another", "2001:db8:1:3::1")).status).toBe(503);
  });
});

describe("the look", () => {
  it("has the app's logo, name and colour, from the gateway's own origin", async () => {
    const browser = new Browser();
    const page = await browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}`);
    expect(page.text).toContain(`<img class="logo" src="/logo.svg" alt="Harbour Bank" />`);
    const style = await browser.request(`${world.gatewayUrl}/.sallyport/sign-in.css`);
    expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect(style.text).toContain("--accent: light-dark(#3b3bb5, ");
  });

  it("is in the language that is asked for, on every page of the way", async () => {
    const browser = new Browser();
    const page = await browser.open(`${world.gatewayUrl}${SIGN_IN_PATH}?lang=es&return_to=/payees`);
    expect(page.words).toContain("Iniciar sesión en Harbour Bank");
    const wrong = await browser.submit(page, SIGN_IN_PATH, { username: "erin", password: "no" });
    expect(wrong.words).toContain("Los datos no coinciden");
    expect(wrong.text).toContain(`href="/.sallyport/sign-in?return_to=%2Fpayees&amp;lang=en"`);
  });
});
