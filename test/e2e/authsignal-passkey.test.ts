import { UserActionState } from "@authsignal/node";
import { describe, expect, test } from "vitest";
import { seedUser } from "../wire/local/authsignal/harness.ts";
import { addVirtualAuthenticator, challengeAlways, tokenInShop, useShop } from "./authsignal-shop.ts";

const newt = seedUser("newt");

/** What the SDK's passkey methods give back. */
interface Result {
  readonly data?: { readonly token?: string };
}

describe("passkeys in the pre-built UI", () => {
  const stage = useShop();

  test("one is created on enrolment, confirms the next challenge, and in a popup the one after", async () => {
    const page = await stage.newShopper();
    await addVirtualAuthenticator(page);
    await page.goto((await stage.track("newt")).url);
    await page.getByRole("link", { name: "Passkey" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      verificationMethod: "PASSKEY",
    });
    const [authenticator] = await stage.world.sdk.getAuthenticators({ userId: newt.sub });
    expect(authenticator?.webauthnCredential).toMatchObject({ credentialId: expect.any(String) });

    await challengeAlways(stage, "free", ["PASSKEY"]);
    const next = await stage.track("newt");
    expect(next.state).toBe("CHALLENGE_REQUIRED");
    await page.goto(next.url);
    await page.getByRole("button", { name: "Use your passkey" }).click();
    expect(await stage.validate(await tokenInShop(stage, page))).toMatchObject({
      isValid: true,
      idempotencyKey: next.idempotencyKey,
    });

    await page.goto(stage.shopUrl);
    const { url } = await stage.track("newt");
    const outcome = page.evaluate(`authsignal.launch(${JSON.stringify(url)}, { mode: "popup" })`);
    const popup = page.frameLocator("#__authsignal-popup-iframe");
    await popup.getByRole("button", { name: "Use your passkey" }).click();
    const { token } = (await outcome) as { token?: string }; // the SDK's documented shape
    expect(await stage.validate(token)).toMatchObject({ isValid: true, verificationMethod: "PASSKEY" });
  });

  test("when the person declines, the page says so and another way is open", async () => {
    const page = await (await stage.newVisitor()).newPage();
    await page.goto((await stage.track("newt")).url);
    await page.getByRole("link", { name: "Passkey" }).click();
    await page.evaluate("navigator.credentials.create = () => Promise.reject(new Error('no'))");
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("alert").getByText("Nothing was confirmed").waitFor();
    await page.getByRole("link", { name: "Choose another way" }).click();
    await page.getByRole("link", { name: "E-mail code" }).waitFor();
  });
});

describe("passkeys by the SDK on the shop's own page", () => {
  const stage = useShop((shopUrl) => ({ passkeys: { rpId: "shop.localhost", origins: [shopUrl] } }));

  test("signUp, then signIn without a token, by the action alone", async () => {
    const page = await stage.newShopper();
    await addVirtualAuthenticator(page);
    const { token } = await stage.track("newt");
    const signedUp = await page.evaluate<Result>(
      `authsignal.passkey.signUp({ token: ${JSON.stringify(token)}, username: "newt" })`,
    );
    expect(await stage.validate(signedUp.data?.token)).toMatchObject({
      isValid: true,
      verificationMethod: "PASSKEY",
    });
    expect(await page.evaluate(`authsignal.passkey.isAvailableOnDevice({ userId: "${newt.sub}" })`)).toBe(
      true,
    );

    const signedIn = await page.evaluate<Result>(`authsignal.passkey.signIn({ action: "sign-in" })`);
    expect(signedIn.data).toMatchObject({ isVerified: true, userId: newt.sub, displayName: newt.name });
    expect(await stage.validate(signedIn.data?.token)).toMatchObject({
      isValid: true,
      action: "sign-in",
      userId: newt.sub,
      verificationMethod: "PASSKEY",
    });
  });

  test("a sign-in by the key of a blocked action does not unblock it", async () => {
    const page = await stage.newShopper();
    await addVirtualAuthenticator(page);
    const { token } = await stage.track("newt");
    await page.evaluate(`authsignal.passkey.signUp({ token: ${JSON.stringify(token)}, username: "newt" })`);
    const key = { userId: newt.sub, action: "sign-in", idempotencyKey: "known" };
    const tracked = await stage.world.sdk.track({ ...key, attributes: { idempotencyKey: "known" } });
    await stage.world.sdk.updateAction({ ...key, attributes: { state: UserActionState.BLOCK } });
    // As the SDK calls it, which newer ones do with an idempotency key.
    await page.evaluate(`{
      const { fetch } = window;
      window.fetch = (url, init) => fetch(url, url.endsWith("/client/challenge")
        ? { ...init, body: JSON.stringify({ action: "sign-in", idempotencyKey: "known" }) }
        : init);
    }`);
    const signedIn = await page.evaluate<unknown>(`authsignal.passkey.signIn({ action: "sign-in" })`);
    expect(signedIn).toMatchObject({ errorCode: "invalid_request" });
    expect(await stage.validate(tracked.token)).toMatchObject({ isValid: false, state: "BLOCK" });
  });

  test("a passkey that was deleted on the server is unknown", async () => {
    const page = await stage.newShopper();
    await addVirtualAuthenticator(page);
    const { token } = await stage.track("newt");
    await page.evaluate(`authsignal.passkey.signUp({ token: ${JSON.stringify(token)}, username: "newt" })`);
    await stage.world.sdk.deleteUser({ userId: newt.sub });
    expect(
      await page.evaluate(`authsignal.passkey.signIn({ action: "sign-in", useCookies: true })`),
    ).toMatchObject({
      errorCode: "unknown_credential",
    });
    expect(await page.evaluate(`authsignal.passkey.isAvailableOnDevice({ userId: "${newt.sub}" })`)).toBe(
      false,
    );
  });

  test("a security key is enrolled and verified", async () => {
    const page = await stage.newShopper();
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {
      options: { protocol: "ctap2", transport: "usb", automaticPresenceSimulation: true },
    });
    const { token } = await stage.track("newt");
    await page.evaluate(`authsignal.setToken(${JSON.stringify(token)})`);
    const enrolled = await page.evaluate<Result>("authsignal.securityKey.enroll()");
    expect(await stage.validate(enrolled.data?.token)).toMatchObject({ verificationMethod: "SECURITY_KEY" });
    const verified = await page.evaluate<Result>("authsignal.securityKey.verify()");
    expect(verified.data).toMatchObject({ isVerified: true, token: expect.any(String) });
  });
});
