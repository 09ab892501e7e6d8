import * as OTPAuth from "otpauth";
import { describe, expect, test } from "vitest";
import { seedUser } from "../wire/local/authsignal/harness.ts";
import { challengeAlways, sentCode, tokenInShop, useShop } from "./authsignal-shop.ts";

const stage = useShop();
const alice = seedUser("alice");
const newt = seedUser("newt");

describe("the pre-built UI by redirect", () => {
  test("launch leads to a challenge by e-mail code and back to the shop with the token", async () => {
    await challengeAlways(stage, "free", ["EMAIL_OTP"]);
    const { url, state } = await stage.track("alice");
    expect(state).toBe("CHALLENGE_REQUIRED");
    const page = await stage.newShopper();
    await page.evaluate(`authsignal.launch(${JSON.stringify(url)})`);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code").fill("0000");
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByRole("alert").getByText("9 tries left").waitFor();
    await page.getByLabel("Code").fill(await sentCode(stage, alice.email));
    await page.getByRole("button", { name: "Verify" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      verificationMethod: "EMAIL_OTP",
    });
  });

  test("an authenticator app is enrolled by keyboard alone", async () => {
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("newt")).url);
    await page.getByRole("link", { name: "Authenticator app" }).focus();
    await page.keyboard.press("Enter");
    const secret = (await page.locator(".secret").innerText()).replaceAll(" ", "");
    expect(await page.evaluate("document.activeElement.id")).toBe("code");
    await page.keyboard.type(new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(secret) }).generate());
    await page.keyboard.press("Enter");
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      verificationMethod: "AUTHENTICATOR_APP",
      userId: newt.sub,
    });
  });

  test("a text message works without JavaScript, and passkeys do not pretend to", async () => {
    const page = await (await stage.newVisitor({ javaScriptEnabled: false })).newPage();
    await page.goto((await stage.track("newt")).url);
    await page.getByRole("link", { name: "Passkey" }).click();
    expect(await page.getByRole("button", { name: "Create a passkey" }).isDisabled()).toBe(true);
    await page.getByRole("link", { name: "Choose another way" }).click();
    await page.getByRole("link", { name: "Text message code" }).click();
    await page.getByLabel("Phone number").fill("+64 21 555 123");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code").fill(await sentCode(stage, "+6421555123"));
    await page.getByRole("button", { name: "Verify" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({ verificationMethod: "SMS" });
  });

  test("a link in an e-mail lets the waiting page go on by itself", async () => {
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("newt")).url);
    await page.getByRole("link", { name: "E-mail link" }).click();
    await page.getByRole("button", { name: "Send link" }).click();
    await page.getByText("Waiting for your answer").waitFor();

    const inbox = await page.context().newPage();
    const response = await fetch(`${stage.world.standIn.url}/control/inbox?to=${newt.email}`);
    const [message] = (await response.json()) as { url: string }[]; // the stand-in's documented shape
    await inbox.goto(message?.url ?? "");
    await inbox.getByRole("button", { name: "Yes, confirm" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      verificationMethod: "EMAIL_MAGIC_LINK",
    });
  });

  test("leaving comes back with a token that says the challenge is still owed", async () => {
    await challengeAlways(stage, "free", ["EMAIL_OTP"]);
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("alice")).url);
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: false,
      state: "CHALLENGE_REQUIRED",
    });
  });
});

describe("the settings", () => {
  test("come after the challenge; ways to confirm are removed and added there", async () => {
    await challengeAlways(stage, "free", ["EMAIL_OTP"]);
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("bob", { redirectToSettings: true })).url);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code").fill(await sentCode(stage, seedUser("bob").email));
    await page.getByRole("button", { name: "Verify" }).click();

    await page.getByRole("heading", { name: "How you confirm" }).waitFor();
    await page.getByRole("link", { name: "Remove Authenticator app" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("It was removed").waitFor();

    await page.getByRole("link", { name: "Add another way" }).click();
    await page.getByRole("link", { name: "Text message code" }).click();
    await page.getByLabel("Phone number").fill("+6421555999");
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code").fill(await sentCode(stage, "+6421555999"));
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText("+64•••99", { exact: true }).waitFor();

    await page.getByRole("button", { name: "Done" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      verificationMethod: "EMAIL_OTP",
    });
    const enrolled = await stage.world.sdk.getAuthenticators({ userId: seedUser("bob").sub });
    expect(enrolled.map((one) => one.verificationMethod)).toEqual(["EMAIL_OTP", "SMS"]);
  });

  test("without scopes they only list", async () => {
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("bob", { redirectToSettings: true })).url);
    await page.getByRole("heading", { name: "How you confirm" }).waitFor();
    expect(await page.getByRole("link", { name: "Remove" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Add another way" }).count()).toBe(0);
  });
});
