import type { FrameLocator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { seedUser } from "../wire/local/authsignal/harness.ts";
import { challengeAlways, sentCode, useShop } from "./authsignal-shop.ts";

const stage = useShop();
const alice = seedUser("alice");

interface Launched {
  readonly page: Page;
  readonly popup: FrameLocator;
  /** What `launch` resolves to. */
  readonly outcome: Promise<unknown>;
}

async function launch(url: string): Promise<Launched> {
  // High enough that the SDK does not cut the frame.
  const page = await stage.newShopper({ viewport: { width: 1280, height: 1000 } });
  const outcome = page.evaluate(
    `authsignal.launch(${JSON.stringify(url)}, { mode: "popup", onError: (error) => (window.apiError = error) })`,
  );
  outcome.catch(() => undefined); // a test that fails first closes the page
  return { page, popup: page.frameLocator("#__authsignal-popup-iframe"), outcome };
}

async function trackChallenged(): Promise<string> {
  await challengeAlways(stage, "free", ["EMAIL_OTP"]);
  return (await stage.track("alice")).url;
}

describe("the pre-built UI in a popup", () => {
  test("fits its frame to the page, says when it is ready, and hands the token over", async () => {
    const { page, popup, outcome } = await launch(await trackChallenged());
    await popup.getByRole("button", { name: "Send code" }).click();
    await popup.getByLabel("Code").fill(await sentCode(stage, alice.email));
    const frame = page.locator("#__authsignal-popup-iframe");
    await expect
      .poll(async () => {
        const wanted = await popup.locator(".card").evaluate((card) => card.getBoundingClientRect().height);
        return (await frame.evaluate((one) => one.clientHeight)) - Math.ceil(wanted);
      })
      .toBe(0);

    await popup.getByRole("button", { name: "Verify" }).click();
    const { token } = (await outcome) as { token?: string }; // the SDK's documented shape
    expect(await stage.validate(token)).toMatchObject({ isValid: true, state: "CHALLENGE_SUCCEEDED" });
    expect(new URL(page.url()).origin).toBe(stage.shopUrl);
    const heard = await page.evaluate<unknown[]>("heard"); // what the page collected
    expect(heard).toContainEqual({ height: expect.any(Number) });
    expect(heard).toContain(JSON.stringify({ event: "AUTHSIGNAL_READY" }));
    expect(heard).toContain(JSON.stringify({ event: "AUTHSIGNAL_CLOSE_POPUP", token }));
  });

  test("cancel closes it with a token of the open challenge", async () => {
    const { popup, outcome } = await launch(await trackChallenged());
    await popup.getByRole("button", { name: "Cancel" }).click();
    const { token } = (await outcome) as { token?: string }; // the SDK's documented shape
    expect(await stage.validate(token)).toMatchObject({ isValid: false, state: "CHALLENGE_REQUIRED" });
  });

  test("dismissing it gives no token", async () => {
    const { page, popup, outcome } = await launch(await trackChallenged());
    await popup.getByRole("button", { name: "Send code" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await outcome).toEqual({ token: undefined });
  });

  test("an expired token is an API error, and the way out closes it", async () => {
    const url = await trackChallenged();
    stage.world.passTime(11);
    const { page, popup, outcome } = await launch(url);
    await popup.getByRole("heading", { name: "expired" }).waitFor();
    await page.waitForFunction("window.apiError !== undefined");
    expect(await page.evaluate("apiError")).toEqual({ errorCode: "expired_token", statusCode: 401 });
    await popup.getByRole("link", { name: "Go back" }).click();
    expect(await stage.validate(((await outcome) as { token?: string }).token)).toMatchObject({
      isValid: false,
    });
    stage.world.passTime(-11);
  });

  test("only popup mode may be framed", async () => {
    const { pathname, search } = new URL(await trackChallenged());
    const url = `${stage.world.standIn.url}${pathname}${search}`;
    const alone = await fetch(url);
    expect(alone.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(alone.headers.get("x-frame-options")).toBe("DENY");
    const framed = await fetch(`${url}&mode=popup`);
    expect(framed.headers.get("content-security-policy")).toContain("frame-ancestors http: https:");
    expect(framed.headers.get("x-frame-options")).toBeNull();
  });
});

test("window mode resolves with the token and closes the window", async () => {
  const url = await trackChallenged();
  const page = await stage.newShopper();
  const opened = page.waitForEvent("popup");
  const outcome = page.evaluate(`authsignal.launch(${JSON.stringify(url)}, { mode: "window" })`);
  const popup = await opened;
  await popup.getByRole("button", { name: "Send code" }).click();
  await popup.getByLabel("Code").fill(await sentCode(stage, alice.email));
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: "Verify" }).click();
  const { token } = (await outcome) as { token?: string }; // the SDK's documented shape
  expect(await stage.validate(token)).toMatchObject({ isValid: true });
  await closed;
});
