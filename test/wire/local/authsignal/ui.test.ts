import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { VerificationMethod } from "@authsignal/node";
import * as OTPAuth from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { click, open, submit } from "./browser.ts";
import { call } from "./client-api/client.ts";
import { newestCode, REDIRECT_URL, seedUser, startWorld } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");
const APP_ORIGIN = "http://app.localhost";

let world: World;
beforeAll(async () => {
  world = await startWorld({ popupOrigins: [APP_ORIGIN], managementSecretKey: "management" });
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

async function manage(path: string, method: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`${world.standIn.url}/v1/management/${path}`, {
    method,
    headers: { authorization: `Basic ${btoa("management:")}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status, path).toBeLessThan(300);
  return (await answer.json()) as Record<string, unknown>; // an object, as documented
}

/** An action that is always challenged, by e-mail code. */
async function configure(settings: Record<string, unknown> = {}): Promise<void> {
  await manage("action-configurations", "POST", {
    actionCode: "pay",
    defaultUserActionResult: "CHALLENGE",
    verificationMethods: ["EMAIL_OTP", "PASSKEY"],
    ...settings,
  });
}

async function track(attributes: Record<string, unknown> = {}): Promise<{ url: string; token: string }> {
  return world.sdk.track({
    userId: alice.sub,
    action: "pay",
    attributes: { redirectUrl: REDIRECT_URL, ...attributes },
  });
}

async function confirm(url: string): ReturnType<typeof open> {
  const page = await submit(world, await open(world, url), "/challenge/send");
  return submit(world, page, "/challenge/verify", { code: await newestCode(world, alice.email) });
}

describe("popup mode", () => {
  test("is carried through every step, and ends on a page that hands the token over", async () => {
    await configure();
    const page = await confirm(`${(await track()).url}&mode=popup`);
    expect(page.text).toContain("You can close this window");
    expect(page.leftTo).toBeUndefined();
    expect(page.headers.get("content-security-policy")).toContain(`frame-ancestors ${APP_ORIGIN}`);
    expect(page.headers.get("cross-origin-opener-policy")).toBeNull();
  });

  test("tells only the configured origins", async () => {
    await configure();
    const { pathname, search } = new URL(`${(await track()).url}&mode=popup`);
    const markup = await (await fetch(world.standIn.url + pathname + search)).text();
    expect(markup).toContain(`data-popup-origins="${APP_ORIGIN}"`);
  });
});

describe("the offer of a passkey after a success", () => {
  test("is made when the action asks for it, and may be declined", async () => {
    await configure({ promptToEnrollVerificationMethods: ["PASSKEY"] });
    const page = await confirm((await track()).url);
    expect(page.text).toContain("Add a passkey?");
    const back = await submit(world, page, "/challenge/offer/skip");
    const token = back.leftTo?.searchParams.get("token") ?? "";
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({
      isValid: true,
      verificationMethod: "EMAIL_OTP",
    });
  });

  test("is not there for someone whose challenge is still open", async () => {
    await configure({ promptToEnrollVerificationMethods: ["PASSKEY"] });
    const { token } = await track();
    expect((await open(world, `/challenge/offer?token=${token}`)).text).toContain("Confirm it’s you");
  });
});

describe("the settings", () => {
  test("remove with the scope alone, when no challenge is owed", async () => {
    const { url } = await world.sdk.track({
      userId: alice.sub,
      action: "free",
      attributes: { redirectToSettings: true, scope: "read:authenticators remove:authenticators" },
    });
    let page = await open(world, url);
    expect(page.links.some((link) => link.text.includes("Add"))).toBe(false);
    page = await click(world, page, "Remove");
    expect(page.text).toContain("It is the only one you have.");
    page = await submit(world, page, "/challenge/settings/remove");
    expect(page.text).toContain("It was removed.");
    expect(await world.sdk.getAuthenticators({ userId: alice.sub })).toEqual([]);
  });

  test("are closed while a challenge is owed", async () => {
    await configure();
    const { token } = await track({ redirectToSettings: true, scope: "remove:authenticators" });
    expect((await open(world, `/challenge/settings?token=${token}`)).text).toContain("Confirm it’s you");
    const [authenticator] = await world.sdk.getAuthenticators({ userId: alice.sub });
    await fetch(`${world.standIn.url}/challenge/settings/remove`, {
      method: "POST",
      body: new URLSearchParams({ token, authenticator: authenticator?.userAuthenticatorId ?? "" }),
    });
    expect(await world.sdk.getAuthenticators({ userId: alice.sub })).toHaveLength(1);
  });
});

test("no typed code stands for a method that has none", async () => {
  await configure({ verificationMethods: ["PUSH"] });
  await fetch(`${world.standIn.url}/control/phone/${alice.sub}/set-up`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ verificationMethod: "PUSH" }),
  });
  const { token } = await track();
  const authenticators = await world.sdk.getAuthenticators({ userId: alice.sub });
  const phone = authenticators.find((one) => one.verificationMethod === VerificationMethod.PUSH);
  const emptySecret = new OTPAuth.Secret({ buffer: new ArrayBuffer(0) });
  for (const code of [new OTPAuth.TOTP({ secret: emptySecret }).generate(), "", "000000"]) {
    await fetch(`${world.standIn.url}/challenge/verify`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ token, authenticator: phone?.userAuthenticatorId ?? "", code }),
    });
  }
  expect(await world.sdk.validateChallenge({ token })).toMatchObject({ state: "CHALLENGE_REQUIRED" });
});

describe("a challenge is not passed from the side", () => {
  async function post(path: string, fields: Record<string, string>): Promise<void> {
    await fetch(world.standIn.url + path, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(fields),
    });
  }

  async function setUpPhone(): Promise<string> {
    const answer = await fetch(`${world.standIn.url}/control/phone/${alice.sub}/set-up`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ verificationMethod: "PUSH" }),
    });
    return ((await answer.json()) as { userAuthenticatorId: string }).userAuthenticatorId; // the documented shape
  }

  const codeAuthenticator = async (): Promise<string> =>
    (await world.sdk.getAuthenticators({ userId: alice.sub }))[0]?.userAuthenticatorId ?? "";

  test("by naming a device that was set up before", async () => {
    await configure({ verificationMethods: ["EMAIL_OTP", "PUSH"] });
    const device = await setUpPhone();
    const authenticator = await codeAuthenticator();
    const { token } = await track({ scope: "add:authenticators" });
    const thief = { token, device, email: "thief@example.com" };
    await post("/challenge/check", { token, authenticator, device });
    await post("/challenge/check", { token, authenticator: device, device });
    await post("/challenge/enrol/send", { ...thief, method: "email" });
    await post("/challenge/enrol/verify", { ...thief, method: "push" });
    await expect(newestCode(world, "thief@example.com")).rejects.toThrow("nothing was sent");
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  test("by an approval of another action, or one that was denied", async () => {
    await configure({ verificationMethods: ["PUSH"] });
    const authenticator = await setUpPhone();
    const answers = ["approve", "deny"];
    const tokens: string[] = [];
    const approvals: string[] = [];
    for (const answer of answers) {
      const { token } = await track();
      const { body } = await call(world, "challenge/push", token, { action: "pay" });
      const approval = String(body["challengeId"]);
      await fetch(`${world.standIn.url}/control/phone/${alice.sub}/${approval}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ answer }),
      });
      tokens.push(token);
      approvals.push(approval);
    }
    const denied = tokens[1] ?? "";
    for (const approval of approvals) {
      await post("/challenge/check", { token: denied, authenticator, approval });
    }
    expect(await world.sdk.validateChallenge({ token: denied })).toMatchObject({
      state: "CHALLENGE_REQUIRED",
    });
  });

  test("by a confirmed link, with another authenticator", async () => {
    await configure({ verificationMethods: ["EMAIL_OTP", "EMAIL_MAGIC_LINK"] });
    const authenticator = await codeAuthenticator();
    await world.sdk.enrollVerifiedAuthenticator({
      userId: alice.sub,
      attributes: { verificationMethod: VerificationMethod.EMAIL_MAGIC_LINK, email: "other@example.com" },
    });
    const { token } = await track();
    await call(world, "challenge/email-magic-link", token);
    const inbox = await fetch(`${world.standIn.url}/control/inbox?to=other@example.com`);
    const [message] = (await inbox.json()) as { url: string }[]; // the documented shape
    await post("/magic", { link: new URL(message?.url ?? "").searchParams.get("link") ?? "" });
    await post("/challenge/check", { token, authenticator });
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });
});

describe("when the action.verify webhook refuses", () => {
  let server: Server;
  let status = 500;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.statusCode = status;
      response.end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    status = 500;
    // A server that listens on TCP has an address object.
    const { port } = server.address() as AddressInfo;
    await configure({ verificationWebhookUrl: `http://127.0.0.1:${port}/` });
  });

  test("the page says so, and the person can verify again", async () => {
    const { url, token } = await track();
    const page = await confirm(url);
    expect(page.text).toContain("It could not be confirmed just now.");
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    status = 200;
    expect((await confirm(url)).leftTo).toBeDefined();
  });

  test("the client API says not verified, without a token", async () => {
    const { token } = await track();
    await call(world, "challenge/email-otp", token);
    const verificationCode = await newestCode(world, alice.email);
    expect((await call(world, "verify/email-otp", token, { verificationCode })).body).toEqual({
      isVerified: false,
    });
  });
});
