import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { completeInUi, enrolInUi } from "../../support/authsignal-ui.ts";
import { Browser } from "../../support/browser.ts";
import { passChallenge, signInPerson, type Person } from "../../support/person.ts";
import { send } from "../../support/http.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, NEWT } from "../../support/users.ts";
import { resetAuthsignal, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

const PATH = "/.sallyport/authenticators";
const ROUTE = {
  id: "authenticators",
  match: { methods: ["POST"], path: PATH },
  require: "step-up",
  action: "add-authenticator",
};

let world: WatchedWorld;
let bundled: { readonly routes: readonly object[] };
beforeAll(async () => {
  world = await startWatchedWorld();
  bundled = JSON.parse(await readFile("policy.json", "utf8")) as typeof bundled; // the repository's own
});
beforeEach(async () => {
  await resetAuthsignal(world);
  await rule("add-authenticator", "CHALLENGE");
  await rule("manage-authenticators", "ALLOW");
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

async function rule(action: string, defaultOutcome: string): Promise<void> {
  const answer = await fetch(`${world.authsignal.url}/control/actions/${action}`, {
    method: "PUT",
    body: JSON.stringify({ defaultOutcome }),
  });
  expect(answer.ok).toBe(true);
}

/** What the person's browser gets when it presses the button. */
async function ask({ browser }: Person) {
  const page = await browser.open(world.gatewayUrl + PATH);
  expect([page.status, page.words]).toEqual([200, expect.stringContaining("Add a way to confirm")]);
  return browser.submit(page, PATH);
}

describe("before the policy has a step-up for it", () => {
  it("is not there, whatever the default requires", async () => {
    const { browser } = await signInPerson(world, ALICE);
    expect((await browser.open(world.gatewayUrl + PATH)).status).toBe(404);
    const posted = await browser.post(world.gatewayUrl + PATH, {}, world.gatewayUrl);
    expect([posted.status, world.bank?.requests()]).toEqual([404, expect.not.arrayContaining([PATH])]);
  });
});

describe("with a step-up in the policy", () => {
  let alice: Person;
  beforeAll(async () => {
    await world.pushPolicy(JSON.stringify({ ...bundled, routes: [...bundled.routes, ROUTE] }));
    alice = await signInPerson(world, ALICE);
    await vi.waitFor(
      async () => expect((await alice.browser.open(world.gatewayUrl + PATH)).status).toBe(200),
      { timeout: 20_000, interval: 200 },
    );
  });

  it("confirms first, then opens the settings, and comes back without a token in sight", async () => {
    const confirmed = await passChallenge(alice, await ask(alice));
    const settings = await alice.browser.submit(confirmed, PATH);
    expect(settings.url.origin).toBe(world.authsignal.publicUrl);
    expect(settings.words).toMatch(/Add a way to confirm .* Passkey/);
    const done = await alice.browser.open(`${world.gatewayUrl}${PATH}?token=result-token`, settings.url);
    expect(done.words).toContain("Your ways to confirm");
    expect(done.url.href).toBe(`${world.gatewayUrl}${PATH}?back`);
    expect(world.bank?.requests().some(({ url }) => url.startsWith(PATH))).toBe(false);
  });

  it("opens nothing before the check is passed, nor once more with the same check", async () => {
    const approval = await ask(alice);
    expect(approval.words).toContain("Confirm that it is you");
    const confirmed = await passChallenge(alice, approval);
    const first = await alice.browser.submit(confirmed, PATH);
    expect(first.url.origin).toBe(world.authsignal.publicUrl);
    const again = await alice.browser.submit(confirmed, PATH);
    expect([again.url.origin, again.words.includes("This is done")]).toEqual([world.gatewayUrl, true]);
  });

  it("is not opened by rules that ask for nothing", async () => {
    await rule("add-authenticator", "ALLOW");
    const page = await ask(alice);
    expect([page.status, page.words.includes("step_up_required")]).toEqual([403, true]);
  });

  it("is not opened from another site", async () => {
    const posted = await alice.browser.post(world.gatewayUrl + PATH, {}, "http://evil.localhost/");
    expect(posted.url.pathname).not.toBe("/challenge");
    expect([401, 403].includes(posted.status) || posted.url.pathname === "/login").toBe(true);
  });

  it("lets somebody enrol the first one, and asks for it", async () => {
    const newt = await signInPerson(world, NEWT);
    const offer = await ask(newt);
    const { back } = await enrolInUi(world, offer.refresh ?? "", NEWT);
    const asked = await newt.browser.open(back, world.authsignal.publicUrl);
    expect(asked.words).toContain("Confirm that it is you");
  });

  it("is told to programs like any step-up, and gives them the token for their own UI", async () => {
    const headers = bearer(await signInByPassword(world, ALICE));
    const asked = await send(world.gatewayUrl + PATH, { method: "POST", headers });
    const { challenge } = JSON.parse(asked.text) as {
      challenge: { id: string; url: string; complete: string };
    }; // README, "For programs"
    expect(asked.status).toBe(401);
    const { token } = await completeInUi(world, challenge.url, ALICE);
    await send(challenge.complete.replace("app.localhost", "127.0.0.1"), {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const opened = await send(world.gatewayUrl + PATH, {
      method: "POST",
      headers: { ...headers, "Sallyport-Challenge": challenge.id },
    });
    const said = JSON.parse(opened.text) as { url: string; token: string };
    world.confide(said.token);
    expect([opened.status, new URL(said.url).origin]).toEqual([200, world.authsignal.publicUrl]);
    const scope = JSON.parse(atob(said.token.split(".")[1] ?? "")) as { scope: string };
    expect(scope.scope).toBe("add:authenticators");
  });

  it("says so when Authsignal does not answer", async () => {
    const confirmed = await passChallenge(alice, await ask(alice));
    world.authsignal.setFault({ endpoint: "track", kind: "status", status: 500 });
    const page = await alice.browser.submit(confirmed, PATH);
    expect([page.status, page.words.includes("step_up_unavailable")]).toEqual([503, true]);
  });

  it("is for people who are signed in", async () => {
    const stranger = new Browser();
    expect((await stranger.open(world.gatewayUrl + PATH)).url.pathname).toBe("/login");
  });
});
