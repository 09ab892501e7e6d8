import * as OTPAuth from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { click, open, submit } from "./browser.ts";
import type { Page } from "./browser.ts";
import { newestCode, otherCode, seedUser, startWorld, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";

const newt = seedUser("newt");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

async function begin(): Promise<Page> {
  return open(world, (await trackTransfer(world, "newt", 1500)).url);
}

function validate(page: Page): ReturnType<World["sdk"]["validateChallenge"]> {
  return world.sdk.validateChallenge({
    token: page.leftTo?.searchParams.get("token") ?? "",
    action: "transfer",
  });
}

test("a new user sets up e-mail codes, and from then on is challenged", async () => {
  let page = await click(world, await begin(), "E-mail code");
  expect(page.forms[0]?.fields).toMatchObject({ email: newt.email });
  page = await submit(world, page, "/challenge/enrol/send", { email: "newt@elsewhere.example" });
  const code = await newestCode(world, "newt@elsewhere.example");
  page = await submit(world, page, "/challenge/enrol/verify", { code: otherCode(code) });
  expect(page.text).toContain("not right");
  expect(await world.sdk.getAuthenticators({ userId: newt.sub })).toEqual([]);

  page = await submit(world, page, "/challenge/enrol/verify", { code });
  expect(await validate(page)).toMatchObject({
    isValid: true,
    verificationMethod: "EMAIL_OTP",
    userId: newt.sub,
  });
  expect(await world.sdk.getAuthenticators({ userId: newt.sub })).toMatchObject([
    { verificationMethod: "EMAIL_OTP", email: "newt@elsewhere.example" },
  ]);
  expect(await trackTransfer(world, "newt", 1500)).toMatchObject({
    state: "CHALLENGE_REQUIRED",
    isEnrolled: true,
  });
});

test("a new user sets up an authenticator app from the key on the page", async () => {
  const page = await click(world, await begin(), "Authenticator app");
  const key = /key into the app: ((?:[A-Z2-7]{4} ?)+)/.exec(page.text)?.[1]?.replaceAll(" ", "") ?? "";
  const code = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(key) }).generate();
  const done = await submit(world, page, "/challenge/enrol/verify", { code });
  expect(await validate(done)).toMatchObject({ isValid: true, verificationMethod: "AUTHENTICATOR_APP" });
  expect(await world.sdk.getUser({ userId: newt.sub })).toMatchObject({
    isEnrolled: true,
    enrolledVerificationMethods: ["AUTHENTICATOR_APP"],
  });
});

test("looking again at the app page keeps the key", async () => {
  const { url } = await trackTransfer(world, "newt", 1500);
  const first = await open(world, `${url}&enrol=app`);
  expect((await open(world, `${url}&enrol=app`)).text).toBe(first.text);
});

test("cancel leaves the user without an authenticator and the action as it was", async () => {
  const left = await submit(world, await begin(), "/challenge/leave");
  expect(await validate(left)).toMatchObject({ isValid: false, state: "ALLOW" });
  expect(await world.sdk.getUser({ userId: newt.sub })).toMatchObject({ isEnrolled: false });
});

test("an address that is none is refused in words", async () => {
  const page = await click(world, await begin(), "E-mail code");
  const refused = await submit(world, page, "/challenge/enrol/send", { email: "nowhere" });
  expect(refused.text).toContain("Enter an e-mail address");
  expect(refused.forms[0]?.fields).toMatchObject({ email: "nowhere" });
});

describe("enrolment is not a way around a challenge", () => {
  test("someone enrolled cannot post the enrolment forms", async () => {
    const { token } = await trackTransfer(world, "alice", 1500);
    const body = new URLSearchParams({ token, email: "thief@example.com" });
    const response = await fetch(`${world.standIn.url}/challenge/enrol/send`, {
      method: "POST",
      body,
      redirect: "manual",
    });
    expect(response.headers.get("location")).toContain("/challenge?token=");
    await expect(newestCode(world, "thief@example.com")).rejects.toThrow("nothing was sent");
  });

  test("nor when the action is allowed, unless the scope says so", async () => {
    const page = await open(world, (await trackTransfer(world, "alice", 50)).url);
    expect(page.text).toContain("Nothing to confirm");
    const { url } = await world.sdk.track({
      userId: seedUser("alice").sub,
      action: "add-authenticator",
      attributes: { scope: "read:authenticators add:authenticators" },
    });
    expect((await open(world, url)).text).toContain("Set up verification");
  });

  test("a blocked user without authenticators is not enrolled", async () => {
    await world.sdk.deleteUser({ userId: seedUser("mallory").sub });
    const page = await open(world, (await trackTransfer(world, "mallory", 50)).url);
    expect(page.text).toContain("This is not possible");
  });

  test("only methods that the action accepts are offered and taken", async () => {
    await fetch(`${world.standIn.url}/control/rules/transfer/large-transfer`, {
      method: "PUT",
      body: JSON.stringify({ verificationMethods: ["AUTHENTICATOR_APP"] }),
    });
    const page = await begin();
    expect(page.text).not.toContain("E-mail code");
    const token = page.forms[0]?.fields["token"] ?? "";
    await fetch(`${world.standIn.url}/challenge/enrol/send`, {
      method: "POST",
      body: new URLSearchParams({ token, email: newt.email }),
    });
    await expect(newestCode(world, newt.email)).rejects.toThrow("nothing was sent");
  });
});
