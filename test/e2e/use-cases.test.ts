import { Authsignal, UserActionState } from "@authsignal/node";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { ROOT } from "../../workers/local/build.ts";
import { startWorld, type World } from "../../workers/local/world.ts";
import { startLittleApp, type LittleApp } from "./little-app.ts";
import { person, seeHeading } from "./people.ts";
import { newVisitor, useStage } from "./stage.ts";

useStage();

const alice = person("alice");
const CLICK_PATIENCE_MS = 2_000;
const REVIEW_PATIENCE_MS = 30_000;

let world: World | undefined;
let app: LittleApp | undefined;
afterEach(async () => {
  await world?.close();
  await app?.close();
  [world, app] = [undefined, undefined];
});

type Rule = readonly [action: string, id: string, type: "CHALLENGE" | "REVIEW", conditions: object];

/** An example's policy in front of an app, with its rules at Authsignal. */
async function open(
  example: string,
  pages: Readonly<Record<string, string>> | "bank",
  rules: readonly Rule[],
) {
  const started = pages === "bank" ? undefined : await startLittleApp(pages);
  app = started;
  const running = await startWorld({
    port: 0,
    origin: started?.url,
    policyFile: join(ROOT, `examples/${example}.jsonc`),
  });
  world = running;
  for (const [index, [action, id, type, conditions]] of rules.entries()) {
    const answer = await fetch(`${running.authsignal.url}/control/rules/${action}/${id}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: id, type, conditions, priority: 10 + index, isActive: true }),
    });
    expect(answer.status).toBe(200);
  }
  const page = await (await newVisitor()).newPage();
  return { world: running, page, received: () => started?.received ?? running.bank?.requests() ?? [] };
}

/** Opens a page of the app and signs in on the way. */
async function signInAt(page: Page, running: World, path: string): Promise<void> {
  await page.goto(running.appUrl + path);
  await page.getByLabel("Username").fill(alice.username);
  await page.getByLabel("Password").fill(alice.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${running.appUrl}/**`);
}

/** Passes the check that a page of Sallyport's leads to, and is back where it leads. */
async function confirm(page: Page, running: World): Promise<void> {
  await page
    .getByRole("link", { name: "Continue to the check" })
    .click({ timeout: CLICK_PATIENCE_MS })
    .catch(() => undefined);
  await verify(page, running);
}

async function verify(page: Page, running: World): Promise<void> {
  await page.waitForURL(`${running.authsignal.publicUrl}/**`);
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").waitFor();
  const inbox = await fetch(`${running.authsignal.url}/control/inbox?to=${alice.email}`);
  const [message] = (await inbox.json()) as { code: string }[]; // the stand-in's documented shape
  await page.getByLabel("Code").fill(message?.code ?? "");
  await page.getByRole("button", { name: "Verify" }).click();
}

async function askedFor(running: World): Promise<string[]> {
  const answer = await fetch(`${running.authsignal.url}/control/actions`);
  const actions = (await answer.json()) as { actionCode: string; state: string }[]; // newest first
  return actions.map(({ actionCode, state }) => `${actionCode} ${state}`);
}

describe("bank", () => {
  const NEW_AND_LARGE = { and: [{ ">": [{ var: "custom.amount" }, 1000] }, { var: "device.isNew" }] };
  const STALE = { ">": [{ var: "custom.secondsSinceStepUp" }, 300] };

  test("balances are seen freely; a large transfer, a payee and the settings are asked about", async () => {
    const {
      page,
      world: running,
      received,
    } = await open("bank", "bank", [
      ["transfer", "new-and-large", "CHALLENGE", NEW_AND_LARGE],
      ["security-settings", "stale", "CHALLENGE", STALE],
    ]);
    await signInAt(page, running, "/");
    await seeHeading(page, "Hello, alice");
    expect(await askedFor(running)).toEqual([]);

    await page.goto(`${running.appUrl}/transfer`);
    await page.getByLabel("To", { exact: true }).fill("Marina Holt");
    await page.getByLabel("Amount").fill("1500");
    await page.getByRole("button", { name: "Send money" }).click();
    await seeHeading(page, "Confirm that it is you");
    await page.getByText("£1,500.00", { exact: true }).waitFor();
    await confirm(page, running);
    await seeHeading(page, "Transfer sent");
    expect(received().filter(({ method, url }) => method === "POST" && url === "/transfer")).toHaveLength(1);

    // The settings' rule sees a step-up of a moment ago; the payee's action is always asked about.
    await page.goto(`${running.appUrl}/settings`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect((await askedFor(running))[0]).toBe("security-settings ALLOW");
    await page.goto(`${running.appUrl}/payees`);
    await page.getByLabel("Name").fill("Zoë");
    await page.getByLabel("Account").fill("12-34-56 12345678");
    await page.getByRole("button", { name: /payee/i }).click();
    await seeHeading(page, "Confirm that it is you");
    await page.getByText("Zoë", { exact: true }).waitFor();
  });
});

describe("shop", () => {
  const LARGE = { ">": [{ var: "custom.total" }, 500] };
  const ELSEWHERE = { "==": [{ var: "custom.newAddress" }, true] };
  const PAGES = {
    "/": `<h1>Shop</h1><a href="products/17">Lamp</a>`,
    "/checkout": `<h1>Checkout</h1><button data-total="650">Buy for 650</button><button data-total="40">Buy for 40</button>
      <p id="said" role="status"></p><script src="/products/shop.js"></script>`,
    // An app of its own, which opens the challenge in a window of its own and repeats the order when told to.
    "/products/shop.js": `
      const said = document.querySelector("#said");
      async function order(total, headers) {
        const answer = await fetch("/orders", { method: "POST", headers: { "Content-Type": "application/json", ...headers },
          body: JSON.stringify({ order: { total, shipping: { isNew: false, country: "NZ" } } }) });
        if (answer.status !== 401) { said.textContent = answer.ok ? "Ordered for " + total : "Refused: " + answer.status; return; }
        const { challenge } = await answer.json();
        const way = Object.assign(document.createElement("a"), { href: challenge.url, target: "_blank", textContent: "Confirm it" });
        const on = Object.assign(document.createElement("button"), { textContent: "I have confirmed it" });
        on.onclick = () => order(total, { "Sallyport-Challenge": challenge.id });
        said.replaceChildren(way, on);
      }
      for (const button of document.querySelectorAll("[data-total]")) {
        button.onclick = () => order(Number(button.dataset.total), {});
      }`,
  };

  test("browsing is for everybody, a small order just goes, a large one is confirmed in another tab", async () => {
    const {
      page,
      world: running,
      received,
    } = await open("shop", PAGES, [
      ["order", "large", "CHALLENGE", LARGE],
      ["order", "elsewhere", "CHALLENGE", ELSEWHERE],
    ]);
    await page.goto(running.appUrl);
    await page.getByRole("link", { name: "Lamp" }).click();
    await seeHeading(page, "GET /products/17");
    await signInAt(page, running, "/checkout");
    await page.getByRole("button", { name: "Buy for 40" }).click();
    await page.getByText("Ordered for 40").waitFor();

    await page.getByRole("button", { name: "Buy for 650" }).click();
    const opened = page.waitForEvent("popup");
    await page.getByRole("link", { name: "Confirm it" }).click();
    const check = await opened;
    await verify(check, running);
    await seeHeading(check, "Confirmed");
    await check.close();
    await page.getByRole("button", { name: "I have confirmed it" }).click();
    await page.getByText("Ordered for 650").waitFor();
    const orders = received().filter(({ method }) => method === "POST");
    expect(orders).toHaveLength(2);
    expect(await askedFor(running)).toEqual(["order CHALLENGE_SUCCEEDED", "order ALLOW"]);
  });
});

describe("clinic", () => {
  const ALWAYS = { "==": [1, 1] };
  const PAGES = {
    "/": `<h1>Clinic</h1><a href="records/7?from=home">Record 7</a><a href="records/8">Record 8</a>
      <a href="appointments/new">Book</a><a href="claim">Claim</a>`,
    "/records/7": `<h1>Record 7</h1><img src="7.svg" alt="X-ray"><a href="../appointments/new">Book</a>`,
    "/records/7.svg": `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>`,
    "/records/8": "<h1>Record 8</h1>",
    "/claim": `<h1>Claim</h1><form method="post" action="claims" enctype="multipart/form-data">
      <label>Amount <input name="amount"></label><label>IBAN <input name="iban"></label>
      <label>Letter <input type="file" name="letter"></label><button>Send</button></form>`,
  };

  test("a record is opened after a check, its pictures and the next record with it; reload, back and relative links work", async () => {
    const {
      page,
      world: running,
      received,
    } = await open("clinic", PAGES, [["view-record", "always", "CHALLENGE", ALWAYS]]);
    await signInAt(page, running, "/");
    await page.getByRole("link", { name: "Book" }).click();
    await seeHeading(page, "GET /appointments/new");
    await page.goto(running.appUrl);
    await page.getByRole("link", { name: "Record 7" }).click();
    await seeHeading(page, "Confirm that it is you");
    expect(received().filter(({ url }) => url.startsWith("/records"))).toEqual([]);
    await confirm(page, running);
    await seeHeading(page, "Record 7");
    expect(page.url()).toBe(`${running.appUrl}/records/7?from=home`);
    await expect.poll(() => page.evaluate(`document.querySelector("img").naturalWidth`)).toBe(9);

    await page.reload();
    await seeHeading(page, "Record 7");
    await page.getByRole("link", { name: "Book" }).click();
    await seeHeading(page, "GET /appointments/new");
    await page.goBack();
    await seeHeading(page, "Record 7");
    await page.goto(`${running.appUrl}/records/8`);
    await seeHeading(page, "Record 8");
    expect(await askedFor(running)).toEqual(["view-record CHALLENGE_SUCCEEDED"]);

    await page.goto(`${running.appUrl}/records/7/scans`);
    await seeHeading(page, "The policy does not allow this");
  });

  test("a link in somebody's mail opens a record only after a click here", async () => {
    const { page, world: running } = await open("clinic", PAGES, [
      ["view-record", "always", "CHALLENGE", ALWAYS],
    ]);
    const mail = await startLittleApp({
      "/": `<h1>Inbox</h1><a href="${running.appUrl}/records/7">Your result</a>`,
    });
    onTestFinished(() => mail.close());
    await signInAt(page, running, "/");
    await page.goto(mail.url);
    await page.getByRole("link", { name: "Your result" }).click();
    await seeHeading(page, "Do you want to open this page?");
    expect(await askedFor(running)).toEqual([]);
    await page.getByRole("link", { name: "Go on" }).click();
    await seeHeading(page, "Confirm that it is you");
    await confirm(page, running);
    await seeHeading(page, "Record 7");
  });

  test("a large claim with a file waits for a review, whose success the page finds by itself; the person sends it", async () => {
    const {
      page,
      world: running,
      received,
    } = await open("clinic", PAGES, [
      ["submit-claim", "large", "REVIEW", { ">": [{ var: "custom.amount" }, 1000] }],
    ]);
    await signInAt(page, running, "/claim");
    const letter = Buffer.from(Array.from({ length: 300_000 }, (_, byte) => byte % 251));
    await page.getByLabel("Amount").fill("1200.50");
    await page.getByLabel("IBAN").fill("DE02120300000000202051");
    await page
      .getByLabel("Letter")
      .setInputFiles({ name: "Brief.pdf", mimeType: "application/pdf", buffer: letter });
    await page.getByRole("button", { name: "Send" }).click();
    await seeHeading(page, "This is being looked at");
    await page.getByText("DE02120300000000202051").waitFor();
    expect(received().filter(({ method }) => method === "POST")).toEqual([]);

    const sdk = new Authsignal({
      apiSecretKey: running.authsignalSecret,
      apiUrl: `${running.authsignal.url}/v1`,
    });
    const [waiting] = await sdk.queryUserActions({ userId: alice.sub });
    await sdk.updateAction({
      userId: alice.sub,
      action: "submit-claim",
      idempotencyKey: waiting?.idempotencyKey ?? "",
      attributes: { state: UserActionState.REVIEW_SUCCEEDED },
    });
    await page
      .getByRole("heading", { name: "The review has let this through" })
      .waitFor({ timeout: REVIEW_PATIENCE_MS });
    expect(received().filter(({ method }) => method === "POST")).toEqual([]);
    await page.getByRole("button", { name: "Send it now" }).click();
    await seeHeading(page, "Done: /claims");
    const [claim, ...more] = received().filter(({ method }) => method === "POST");
    expect(more).toEqual([]);
    const { body } = claim as unknown as { body: Buffer }; // the little app's own record
    expect(body.includes(letter)).toBe(true);
  });
});

describe("SaaS", () => {
  const PAGES = {
    "/": `<h1>Projects</h1><a href="billing/overview">Billing</a>`,
    "/billing/overview": `<h1>Billing</h1><form method="post" action="card"><label>Card <input name="card"></label>
      <button>Save</button></form><a href="invoices">Invoices</a>`,
    "/reports/q3": `<h1>Report</h1><a href="?format=csv">As a table</a>`,
  };

  test("one check opens billing for a while; an export is asked about on its own; the panel is for admins", async () => {
    const {
      page,
      world: running,
      received,
    } = await open("saas", PAGES, [
      ["billing", "always", "CHALLENGE", { "==": [1, 1] }],
      ["export", "always", "CHALLENGE", { "==": [1, 1] }],
    ]);
    await signInAt(page, running, "/");
    await page.getByRole("link", { name: "Billing" }).click();
    await seeHeading(page, "Confirm that it is you");
    await confirm(page, running);
    await seeHeading(page, "Billing");
    await page.getByLabel("Card").fill("4242");
    await page.getByRole("button", { name: "Save" }).click();
    await seeHeading(page, "Done: /billing/card");
    await page.goto(`${running.appUrl}/billing/invoices`);
    await seeHeading(page, "GET /billing/invoices");
    expect(await askedFor(running)).toEqual(["billing CHALLENGE_SUCCEEDED"]);
    expect(received().filter(({ method }) => method === "POST")).toHaveLength(1);

    await page.goto(`${running.appUrl}/reports/q3`);
    await page.getByRole("link", { name: "As a table" }).click();
    await seeHeading(page, "Confirm that it is you");
    await page.getByText("q3", { exact: true }).waitFor();
    await page.goto(`${running.appUrl}/admin`);
    await seeHeading(page, "This account may not do this");
  });
});
