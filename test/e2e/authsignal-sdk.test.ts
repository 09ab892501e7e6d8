import * as OTPAuth from "otpauth";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { seedUser } from "../wire/local/authsignal/harness.ts";
import { sentCode, useShop } from "./authsignal-shop.ts";

const stage = useShop();
const newt = seedUser("newt");
const PHONE = "+6421555123";

interface Result {
  readonly data?: { readonly isVerified?: boolean; readonly token?: string; readonly [key: string]: unknown };
  readonly errorCode?: string;
}

/** A shopper whose SDK has a token of an action by newt. */
async function shopper(): Promise<Page> {
  const page = await stage.newShopper();
  const { token } = await stage.track("newt");
  await page.evaluate(`authsignal.setToken(${JSON.stringify(token)})`);
  return page;
}

/** Runs an expression in the page; the SDK's documented shape. */
const run = (page: Page, expression: string): Promise<Result> => page.evaluate(expression);

describe("the real browser SDK from another site", () => {
  test.each([
    { kind: "email", enrol: `enroll({ email: "${newt.email}" })`, to: newt.email, method: "EMAIL_OTP" },
    { kind: "sms", enrol: `enroll({ phoneNumber: "${PHONE}" })`, to: PHONE, method: "SMS" },
  ])("$kind: enroll, challenge, verify", async ({ kind, enrol, to, method }) => {
    const page = await shopper();
    expect(await run(page, `authsignal.${kind}.${enrol}`)).toMatchObject({ data: { userId: newt.sub } });
    expect(await run(page, `authsignal.${kind}.challenge()`)).toMatchObject({
      data: { challengeId: expect.any(String) },
    });
    expect(await run(page, `authsignal.${kind}.verify({ code: "x" })`)).toEqual({
      data: { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" },
    });
    const code = await sentCode(stage, to);
    const { data } = await run(page, `authsignal.${kind}.verify({ code: "${code}" })`);
    expect(data).toMatchObject({ isVerified: true, userAuthenticator: { verificationMethod: method } });
    expect(await stage.validate(data?.token)).toMatchObject({ isValid: true, verificationMethod: method });
  });

  test("totp: enroll and verify", async () => {
    const page = await shopper();
    const enrolled = await run(page, "authsignal.totp.enroll()");
    const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(String(enrolled.data?.["secret"])) });
    const { data } = await run(page, `authsignal.totp.verify({ code: "${totp.generate()}" })`);
    expect(await stage.validate(data?.token)).toMatchObject({ verificationMethod: "AUTHENTICATOR_APP" });
  });

  test("emailML: the SDK polls until the link was opened", async () => {
    const page = await shopper();
    await run(page, `authsignal.emailML.enroll({ email: "${newt.email}" })`);
    const polled = run(page, "authsignal.emailML.checkVerificationStatus()");
    const response = await fetch(`${stage.world.standIn.url}/control/inbox?to=${newt.email}`);
    const [message] = (await response.json()) as { url: string }[]; // the stand-in's documented shape
    const mail = await page.context().newPage();
    await mail.goto(message?.url ?? "");
    await mail.getByRole("button", { name: "Yes, confirm" }).click();
    expect(await stage.validate((await polled).data?.token)).toMatchObject({
      verificationMethod: "EMAIL_MAGIC_LINK",
    });
  });

  test("an expired token reaches the SDK as such", async () => {
    const page = await shopper();
    stage.world.passTime(11);
    expect(await run(page, "authsignal.email.challenge()")).toMatchObject({ errorCode: "expired_token" });
    stage.world.passTime(-11);
  });
});
