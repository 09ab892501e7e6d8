import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { seedUser } from "../wire/local/authsignal/harness.ts";
import { challengeAlways, tokenInShop, useShop } from "./authsignal-shop.ts";

const stage = useShop();
const alice = seedUser("alice");
const newt = seedUser("newt");

async function setUp(verificationMethod: "PUSH" | "QR_CODE"): Promise<void> {
  const answer = await fetch(`${stage.world.standIn.url}/control/phone/${alice.sub}/set-up`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ verificationMethod }),
  });
  expect(answer.status).toBe(200);
}

async function phoneOf(page: Page, userId: string): Promise<Page> {
  const phone = await page.context().newPage();
  await phone.goto(`${stage.world.standIn.publicUrl}/phone/${userId}`);
  return phone;
}

describe("push", () => {
  test("the phone is set up on its own page, then approves the next challenge", async () => {
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("newt")).url);
    await page.getByRole("link", { name: "Push notification" }).click();
    const phone = await phoneOf(page, newt.sub);
    await phone.getByRole("button", { name: "Set up", exact: true }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      verificationMethod: "PUSH",
    });

    await challengeAlways(stage, "free", ["PUSH"]);
    await page.goto((await stage.track("newt", { custom: { amount: 1200 } })).url);
    await page.getByRole("button", { name: "Send notification" }).click();
    await phone.getByText("1,200").waitFor();
    await phone.getByRole("button", { name: "Approve" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      verificationMethod: "PUSH",
    });
  });

  test("denied on the phone, the page says so and nothing is approved", async () => {
    await setUp("PUSH");
    await challengeAlways(stage, "free", ["PUSH"]);
    const page = await (await stage.newVisitor()).newPage();
    const { url, token } = await stage.track("alice");
    await page.goto(url);
    await page.getByRole("button", { name: "Send notification" }).click();
    await page.getByText("Waiting for your answer").waitFor();
    const phone = await phoneOf(page, alice.sub);
    await phone.getByRole("button", { name: "Deny" }).click();
    await page.getByRole("alert").getByText("denied").waitFor();
    expect(await stage.validate(token)).toMatchObject({ isValid: false, state: "CHALLENGE_REQUIRED" });
  });

  test("works without JavaScript", async () => {
    await setUp("PUSH");
    await challengeAlways(stage, "free", ["PUSH"]);
    const page = await (await stage.newVisitor({ javaScriptEnabled: false })).newPage();
    await page.goto((await stage.track("alice")).url);
    await page.getByRole("button", { name: "Send notification" }).click();
    await page.getByRole("button", { name: "I have approved it" }).click();
    await page.getByRole("alert").getByText("no answer yet").waitFor();
    const phone = await phoneOf(page, alice.sub);
    await phone.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "I have approved it" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({ isValid: true });
  });
});

describe("QR codes", () => {
  test("in the pre-built UI", async () => {
    await setUp("QR_CODE");
    await challengeAlways(stage, "free", ["QR_CODE"]);
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("alice")).url);
    await page.getByRole("button", { name: "Show the code" }).click();
    await page.getByRole("img", { name: "QR code" }).waitFor();
    const phone = await phoneOf(page, alice.sub);
    await phone.getByRole("button", { name: "Scan it" }).click();
    await phone.getByRole("button", { name: "Approve" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      verificationMethod: "QR_CODE",
    });
  });

  test.each([
    ["over the WebSocket", ""],
    ["by polling", ", polling: true, pollInterval: 200"],
  ])("by the SDK %s: claimed, then approved with a token", async (_name, options) => {
    await setUp("QR_CODE");
    const page = await stage.newShopper();
    await page.evaluate("window.states = []");
    const begun = await page.evaluate<{ data?: { challengeId: string } }>(
      `authsignal.qrCode.challenge({
        action: "sign-in",
        onStateChange: (state, token) => states.push({ state, token })${options}
      })`,
    ); // the SDK's documented shape
    expect(begun.data?.challengeId).toEqual(expect.any(String));
    const phone = await phoneOf(page, alice.sub);
    await phone.getByRole("button", { name: "Scan it" }).click();
    await page.waitForFunction(`states.some(({ state }) => state === "claimed")`);
    await phone.getByRole("button", { name: "Approve" }).click();
    await page.waitForFunction(`states.some(({ state }) => state === "approved")`);
    const token = await page.evaluate<string>("states.at(-1).token"); // a string, as documented
    expect(await stage.validate(token)).toMatchObject({
      isValid: true,
      action: "sign-in",
      userId: alice.sub,
    });
    await page.evaluate("authsignal.qrCode.disconnect()");
  });
});
