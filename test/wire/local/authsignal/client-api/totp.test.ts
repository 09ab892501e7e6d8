import * as OTPAuth from "otpauth";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { seedUser, startWorld } from "../harness.ts";
import type { World } from "../harness.ts";
import { call, trackFree, validate } from "./client.ts";

const bob = seedUser("bob");
const newt = seedUser("newt");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

test("enrolment gives a URI and its secret; the first code of it makes the authenticator", async () => {
  const { token } = await trackFree(world, "newt");
  const { body } = await call(world, "user-authenticators/totp", token);
  const totp = OTPAuth.URI.parse(String(body["uri"]));
  expect(body).toMatchObject({ userId: newt.sub, secret: totp.secret.base32 });

  // A time-based one, as the URI says.
  const verificationCode = (totp as OTPAuth.TOTP).generate();
  const verified = await call(world, "verify/totp", token, { verificationCode });
  expect(verified.body).toMatchObject({
    isVerified: true,
    userAuthenticator: { userAuthenticatorId: body["userAuthenticatorId"] },
  });
  expect(JSON.stringify(verified.body)).not.toContain(totp.secret.base32);
  expect(await validate(world, verified.body["accessToken"])).toMatchObject({
    isValid: true,
    verificationMethod: "AUTHENTICATOR_APP",
  });
});

test("a code of an enrolled app works once", async () => {
  const response = await fetch(`${world.standIn.url}/control/users/${bob.sub}/totp`);
  const [app] = (await response.json()) as { code: string }[]; // the documented shape
  const { token } = await trackFree(world, "bob");
  const verify = (): ReturnType<typeof call> =>
    call(world, "verify/totp", token, { verificationCode: app?.code });
  expect((await verify()).body).toMatchObject({ isVerified: true });
  expect((await verify()).body).toEqual({ isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" });
});

test("without an app there is nothing to verify", async () => {
  const { token } = await trackFree(world, "alice");
  expect((await call(world, "verify/totp", token, { verificationCode: "123456" })).status).toBe(400);
});
