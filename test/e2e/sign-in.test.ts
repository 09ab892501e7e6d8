import { describe, expect, test } from "vitest";
import { answerLogin, person, seeHeading, signIn } from "./people.ts";
import { newVisitor, scene, useStage } from "./stage.ts";

const alice = person("alice");
useStage();

describe("signing in", () => {
  test("leads to managed login, and back to the page that was asked for", async () => {
    const page = await (await newVisitor()).newPage();
    await page.goto(`${scene.appUrl}/payees?from=letter&tag=a%20b`);
    const login = new URL(page.url());
    expect(login.origin).toBe(scene.cognitoPages);
    expect(login.searchParams.get("response_type")).toBe("code");
    expect(login.searchParams.get("code_challenge_method")).toBe("S256");
    expect(login.searchParams.get("state")).not.toBeNull();
    expect(login.searchParams.get("nonce")).not.toBeNull();

    await answerLogin(page, alice);

    await seeHeading(page, "Payees");
    expect(page.url()).toBe(`${scene.appUrl}/payees?from=letter&tag=a%20b`);
  });

  test("is not asked twice: managed login knows the browser, and so does the gateway", async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, alice);
    await page.goto(`${scene.appUrl}/settings`);
    await seeHeading(page, "Settings");
    await context.clearCookies({ domain: new URL(scene.appUrl).hostname });
    await page.goto(`${scene.appUrl}/settings`);
    await seeHeading(page, "Settings");
  });

  test("keeps the session out of reach of the page's scripts", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    expect(await page.evaluate("document.cookie")).toBe("");
  });

  test("two tabs that were both sent to sign in both arrive where they wanted to go", async () => {
    const context = await newVisitor();
    const [first, second] = [await context.newPage(), await context.newPage()];
    await first.goto(`${scene.appUrl}/payees`);
    await second.goto(`${scene.appUrl}/settings`);
    await answerLogin(first, alice);
    await seeHeading(first, "Payees");
    await answerLogin(second, alice);
    await seeHeading(second, "Settings");
  });
});

describe("signing out", () => {
  test("asks first, and then only a password opens the app again", async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, alice);
    const stolen = (await context.cookies(scene.appUrl))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");

    await page.goto(`${scene.appUrl}/.sallyport/sign-out`);
    await seeHeading(page, "Sign out?");
    await page.getByRole("button", { name: "Sign out" }).click();
    await seeHeading(page, "You are signed out");

    await page.getByRole("link", { name: "Sign in again" }).click();
    await page.getByLabel("Password").waitFor();
    // A copy of the cookie from before is worth nothing either.
    const answer = await fetch(`${scene.gatewayUrl}/api/balance`, { headers: { cookie: stolen } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: "session_revoked" });

    await answerLogin(page, alice);
    await seeHeading(page, "Hello, alice");
  });

  test("staying signed in changes nothing", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    await page.goto(`${scene.appUrl}/.sallyport/sign-out`);
    await page.getByRole("link", { name: "Stay signed in" }).click();
    await seeHeading(page, "Hello, alice");
  });
});
