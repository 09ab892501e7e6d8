import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { open, submit } from "../browser.ts";
import { seedUser, startWorld } from "../harness.ts";
import type { World } from "../harness.ts";
import { call, trackFree, validate } from "./client.ts";

const newt = seedUser("newt");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

async function newestLink(to: string): Promise<string> {
  const response = await fetch(`${world.standIn.url}/control/inbox?to=${to}`);
  const [message] = (await response.json()) as { url: string }[]; // the documented shape
  const { pathname, search } = new URL(message?.url ?? "");
  return pathname + search;
}

const finalize = (token: string): ReturnType<typeof call> =>
  call(world, "verify/email-magic-link/finalize", token, {});

test("finalize says no until the person has agreed, then gives the token", async () => {
  const { token } = await trackFree(world, "newt");
  await call(world, "user-authenticators/email-magic-link", token, { email: newt.email });
  expect((await finalize(token)).body).toEqual({ isVerified: false });

  const page = await open(world, await newestLink(newt.email));
  expect(page.text).toContain("Is this you?");
  expect((await finalize(token)).body).toEqual({ isVerified: false });

  expect((await submit(world, page, "/magic")).text).toContain("Thank you");
  const { body } = await finalize(token);
  expect(body).toMatchObject({ isVerified: true, userAuthenticator: { email: newt.email } });
  expect(await validate(world, body["accessToken"])).toMatchObject({
    isValid: true,
    verificationMethod: "EMAIL_MAGIC_LINK",
  });
});

test("a new link replaces the one before, and none lives longer than ten minutes", async () => {
  const { token } = await trackFree(world, "newt", { email: newt.email });
  await call(world, "challenge/email-magic-link", token);
  const first = await newestLink(newt.email);
  await call(world, "challenge/email-magic-link", token);
  expect((await open(world, first)).status).toBe(410);
  const second = await newestLink(newt.email);
  world.passTime(11);
  expect((await open(world, second)).status).toBe(410);
  world.passTime(-11);
});

test("a link for one action says nothing about another", async () => {
  const { token } = await trackFree(world, "newt");
  const other = await trackFree(world, "newt");
  await call(world, "challenge/email-magic-link", token);
  await submit(world, await open(world, await newestLink(newt.email)), "/magic");
  expect((await finalize(other.token)).body).toEqual({ isVerified: false });
});
