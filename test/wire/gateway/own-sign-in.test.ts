import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeInUi, leaveUi } from "../../support/authsignal-ui.ts";
import { Browser } from "../../support/browser.ts";
import { atGateway, CHECK_COOKIE, SIGN_IN_PATH, submitName, whoIs } from "../../support/own-sign-in.ts";
import { GATEWAY_HOST, SESSION_COOKIE } from "../../support/person.ts";
import { ALICE, BOB, NEWT } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

let world: WatchedWorld;
beforeAll(async () => {
  world = await startWatchedWorld({
    signIn: "passwordless",
    vars: { SIGN_IN_TRIES: "1000", SIGN_IN_TRIES_PER_ADDRESS: "1000" },
  });
});
beforeEach(() => resetAuthsignal(world));
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

describe("signing in without a password", () => {
  it("leads through Authsignal, back to the page that was asked for, into a session", async () => {
    const { browser, url } = await submitName(world, { username: "alice" }, { path: "/payees?a=1&b=%2F" });
    expect(new URL(url).origin).toBe(world.authsignal.publicUrl);
    const { back, token } = await completeInUi(world, url, ALICE);
    const page = await browser.open(atGateway(world, back), world.authsignal.publicUrl);
    expect([page.status, page.url.href]).toEqual([200, `${world.gatewayUrl}/payees?a=1&b=%2F`]);
    expect(page.hops.at(-1)?.href).toContain(token);
    expect(await whoIs(world, browser)).toBe("alice");
    const names = browser.cookieHeader(GATEWAY_HOST).replaceAll(/=[^;]*/g, "");
    expect(names).toContain(SESSION_COOKIE);
    expect(names).toContain("__Host-sallyport-device");
    expect(names).not.toContain(CHECK_COOKIE);
    expect(recorded(world, "signed_in")).toMatchObject([{ sub: ALICE.sub }]);
  });
});
