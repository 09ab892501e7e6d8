import { Authsignal } from "@authsignal/node";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startWorld, type World } from "../../workers/local/world.ts";
import { addVirtualAuthenticator } from "./authsignal-shop.ts";
import { inspect } from "./inspection.ts";
import { person, seeHeading } from "./people.ts";
import { PATIENCE_MS, scene } from "./stage.ts";

const alice = person("alice");
const bob = person("bob");
const newt = person("newt");
const TITLE = "Sign in to Harbour Bank";

/** A local world whose people sign in on the gateway's own page. */
function useWorld(signIn: "passwordless" | "password-first") {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.connect(scene.browser);
    world = await startWorld({ port: 0, signIn });
  });
  afterAll(async () => {
    await Promise.all([world.close(), browser.close()]);
  });
  beforeEach(() => steer("POST", "reset"));

  /** Tells the stand-in for Authsignal something. */
  async function steer(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${world.authsignal.url}/control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.ok).toBe(true);
    const text = await answer.text();
    return text === "" ? undefined : JSON.parse(text);
  }

  async function visit(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    const violations: string[] = [];
    context.on("console", (message) => {
      if (/content security policy/i.test(message.text())) {
        violations.push(message.text());
      }
    });
    onTestFinished(async () => {
      await context.close();
      expect(violations).toEqual([]);
    });
    return context;
  }

  return {
    steer,
    visit,
    get appUrl() {
      return world.appUrl;
    },
    get authsignal() {
      return new Authsignal({ apiSecretKey: world.authsignalSecret, apiUrl: `${world.authsignal.url}/v1` });
    },
    async newestCode(to: string): Promise<string> {
      const [newest] = (await steer("GET", `inbox?to=${encodeURIComponent(to)}`)) as { code: string }[]; // its documented shape
      return newest?.code ?? "";
    },
    async transfer(page: Page): Promise<void> {
      await page.goto(`${world.appUrl}/transfer`);
      await page.getByLabel("To", { exact: true }).fill("Marina Holt");
      await page.getByLabel("Amount").fill("1500.00");
      await page.getByLabel("Reference").fill("Rent");
      await page.getByRole("button", { name: "Send money" }).click();
      await seeHeading(page, "Confirm that it is you");
      await page.getByRole("link", { name: "Continue to the check" }).click();
    },
  };
}

/** The code of the e-mail authenticator that Authsignal's page is about to send. */
async function passByCode(page: Page, code: () => Promise<string>): Promise<void> {
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").waitFor();
  await page.getByLabel("Code").fill(await code());
  await page.getByRole("button", { name: "Verify" }).click();
}

describe("the sign-in page without a password", () => {
  const stage = useWorld("passwordless");

  test("a code by e-mail, and then a step-up on a transfer, without scripts", async () => {
    const page = await (await stage.visit({ javaScriptEnabled: false })).newPage();
    await page.goto(`${stage.appUrl}/transfer`);
    await seeHeading(page, TITLE);
    await page.getByLabel("Username or e-mail").fill(alice.email);
    await page.getByRole("button", { name: "Continue" }).click();
    await passByCode(page, () => stage.newestCode(alice.email));
    await page.waitForURL(`${stage.appUrl}/transfer`);

    await stage.transfer(page);
    await passByCode(page, () => stage.newestCode(alice.email));
    await seeHeading(page, "Confirmed");
    await page.getByRole("button", { name: "Continue" }).click();
    await seeHeading(page, "Transfer sent");
  });

  test("a passkey, and then the passkey again for a transfer", async () => {
    await stage.steer("PUT", "actions/sign-in", {
      defaultOutcome: "CHALLENGE",
      verificationMethods: ["PASSKEY"],
    });
    await stage.steer("PUT", "rules/transfer/large-transfer", { verificationMethods: ["PASSKEY"] });
    const page = await (await stage.visit()).newPage();
    await addVirtualAuthenticator(page);
    const { url } = await stage.authsignal.track({
      userId: newt.sub,
      action: "enrol",
      attributes: { redirectUrl: `${stage.appUrl}/healthz` },
    });
    await page.goto(url);
    await page.getByRole("link", { name: "Passkey" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.waitForURL(`${stage.appUrl}/**`);

    await page.goto(stage.appUrl);
    await page.getByLabel("Username or e-mail").fill("newt");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: "Use your passkey" }).click();
    await page.waitForURL(`${stage.appUrl}/`);

    await stage.transfer(page);
    await page.getByRole("button", { name: "Use your passkey" }).click();
    await seeHeading(page, "Transfer sent");
  });

  test("a check that is left leads back to the form, which says so", async () => {
    const page = await (await stage.visit()).newPage();
    await page.goto(stage.appUrl);
    await page.getByLabel("Username or e-mail").fill("alice");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: /cancel|leave/i }).click();
    await page.getByRole("alert").getByText("The check was left or not passed").waitFor();
    await inspect(page, "sign-in-left");
  });

  test("looks finished in both languages", async () => {
    const page = await (await stage.visit()).newPage();
    await page.goto(`${stage.appUrl}/.sallyport/sign-in`);
    await inspect(page, "sign-in");
    await page.getByRole("link", { name: "Español" }).click();
    await seeHeading(page, "Iniciar sesión en Harbour Bank");
    await inspect(page, "sign-in-es", "es");
  });
});

describe("the sign-in page with a password first", () => {
  const stage = useWorld("password-first");

  test("a password and an authenticator app, and then a step-up on a transfer", async () => {
    const page = await (await stage.visit()).newPage();
    const appCode = async () => {
      const [app] = (await stage.steer("GET", `users/${bob.sub}/totp`)) as { code: string }[]; // its documented shape
      return app?.code ?? "";
    };
    await page.goto(`${stage.appUrl}/transfer`);
    await page.getByLabel("Username or e-mail").fill("bob");
    await page.getByLabel("Password").fill("Wrong-Horse-2");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("That did not match").waitFor();
    await inspect(page, "sign-in-wrong");
    expect(await page.getByLabel("Username or e-mail").inputValue()).toBe("bob");
    await page.getByLabel("Password").fill(bob.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Authenticator app" }).click();
    await page.getByLabel("Code").fill(await appCode());
    await page.getByRole("button", { name: "Verify" }).click();
    await page.waitForURL(`${stage.appUrl}/transfer`);

    await stage.transfer(page);
    await page.getByRole("link", { name: "E-mail code" }).click();
    await passByCode(page, () => stage.newestCode(bob.email));
    await seeHeading(page, "Transfer sent");
  });
});
