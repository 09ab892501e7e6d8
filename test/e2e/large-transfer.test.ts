import type { BrowserContext, Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { goToCheck, passCheck, person, seeHeading, signIn, transfer, type Order } from "./people.ts";
import { actionsAtAuthsignal, bankRequests, transfersAtBank } from "./records.ts";
import { challengeAbove, newVisitor, scene, useStage } from "./stage.ts";

const alice = person("alice");
useStage();
beforeEach(() => challengeAbove(10));

function orderOf(reference: string, amount = "11"): Order {
  return { payee: "Marina Holt", amount, reference };
}

describe("a transfer of 1500", () => {
  test("is shown, confirmed with the code from the inbox, and done once with what was typed", async () => {
    const context = await newVisitor();
    const page = await context.newPage();
    await signIn(page, alice);
    const order: Order = {
      payee: "Zoë O’Brien <&> Söhne",
      amount: "1500",
      reference: "Boat + 100% deposit; é",
    };
    await transfer(page, order);

    await seeHeading(page, "Confirm that it is you");
    expect(new URL(page.url()).origin).toBe(scene.appUrl);
    await page.getByText("£1,500.00", { exact: true }).waitFor();
    await page.getByText(order.payee, { exact: true }).waitFor();
    expect(await transfersAtBank(order.reference)).toEqual([]);

    await goToCheck(page);
    await page.getByText("1,500").waitFor();
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code").fill(await readInboxPage(context, alice.email));
    await page.getByRole("button", { name: "Verify" }).click();

    await seeHeading(page, "Transfer sent");
    expect(page.url()).toMatch(/\/transfer\/[0-9a-f-]{36}$/);
    expect(await transfersAtBank(order.reference)).toEqual([order]);

    await page.reload();
    await seeHeading(page, "Transfer sent");
    for (const step of ["back", "back", "back", "forward", "forward", "back"] as const) {
      await (step === "back" ? page.goBack() : page.goForward());
      await page.waitForLoadState();
    }
    expect(await transfersAtBank(order.reference)).toEqual([order]);
    expect(await actionsAtAuthsignal()).toMatchObject([{ state: "CHALLENGE_SUCCEEDED" }]);
  });

  test("the address of the check says afterwards that it is done, and does it no second time", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    const order = orderOf("kept address");
    await transfer(page, order);
    await seeHeading(page, "Confirm that it is you");
    const address = page.url();
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Transfer sent");

    await page.goto(address);
    await seeHeading(page, "This is done");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("no address that the browser visits in the app holds the result token after the return", async () => {
    const page = await (await newVisitor()).newPage();
    const shown: string[] = [];
    page.on("framenavigated", (frame) => shown.push(frame.url()));
    await signIn(page, alice);
    await transfer(page, orderOf("no token"));
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Transfer sent");
    const inApp = shown.filter((url) => url.startsWith(scene.appUrl));
    expect(inApp.filter((url) => url.includes("token="))).toEqual([]);
    const received = await bankRequests();
    expect(received.filter(({ url }) => url.includes("token="))).toEqual([]);
  });

  test("the bank gets the original request: its own Origin, Referer and content type, and no cookie of ours", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    const order = orderOf("as it was");
    await transfer(page, order);
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Transfer sent");
    const received = await bankRequests();
    const request = received.findLast(
      ({ method, bodyText }) => method === "POST" && bodyText.includes("as+it+was"),
    );
    const headers = new Map(request?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(headers.get("origin")).toBe(scene.appUrl);
    expect(headers.get("referer")).toBe(`${scene.appUrl}/transfer`);
    expect(headers.get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(headers.get("cookie") ?? "").not.toContain("sallyport");
    expect(headers.get("idempotency-key")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("in other hands", () => {
  test("without scripts it is one click more, and done once", async () => {
    const page = await (await newVisitor({ javaScriptEnabled: false })).newPage();
    await signIn(page, alice);
    const order = orderOf("no scripts");
    await transfer(page, order);
    await seeHeading(page, "Confirm that it is you");
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Confirmed");
    expect(await transfersAtBank(order.reference)).toEqual([]);
    await page.getByRole("button", { name: "Continue" }).click();
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("with the keyboard alone", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    await page.goto(`${scene.appUrl}/transfer`);
    const order = orderOf("by keyboard");
    await tabTo(page, "To");
    await page.keyboard.type(order.payee);
    await tabTo(page, "Amount");
    await page.keyboard.type(order.amount);
    await tabTo(page, "Reference (optional)");
    await page.keyboard.type(order.reference);
    await page.keyboard.press("Enter");

    await seeHeading(page, "Confirm that it is you");
    await tabTo(page, "Continue to the check");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Send code" }).waitFor();
    await tabTo(page, "Send code");
    await page.keyboard.press("Enter");
    await page.getByLabel("Code").waitFor();
    await tabTo(page, "Code");
    await page.keyboard.type(await readInboxPage(page.context(), alice.email));
    await page.keyboard.press("Enter");
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("in two tabs at a time: each is asked, and each does its own", async () => {
    const context = await newVisitor();
    const [first, second] = [await context.newPage(), await context.newPage()];
    await signIn(first, alice);
    const orders = [orderOf("first tab", "11.50"), orderOf("second tab", "12.50")] as const;
    await transfer(first, orders[0]);
    await seeHeading(first, "Confirm that it is you");
    await transfer(second, orders[1]);
    await seeHeading(second, "Confirm that it is you");
    await goToCheck(second);
    await passCheck(second, alice);
    await seeHeading(second, "Transfer sent");
    expect(await transfersAtBank(orders[0].reference)).toEqual([]);
    await goToCheck(first);
    await passCheck(first, alice);
    await seeHeading(first, "Transfer sent");
    expect(await transfersAtBank(orders[0].reference)).toEqual([orders[0]]);
    expect(await transfersAtBank(orders[1].reference)).toEqual([orders[1]]);
  });

  test("two tabs that wait side by side for their last click each do their own", async () => {
    const context = await newVisitor({ javaScriptEnabled: false });
    const [first, second] = [await context.newPage(), await context.newPage()];
    await signIn(first, alice);
    const orders = [orderOf("left tab", "13.50"), orderOf("right tab", "14.50")] as const;
    for (const [page, order] of [
      [first, orders[0]],
      [second, orders[1]],
    ] as const) {
      await transfer(page, order);
      await goToCheck(page);
      await passCheck(page, alice);
      await seeHeading(page, "Confirmed");
    }
    for (const page of [first, second]) {
      await page.getByRole("button", { name: "Continue" }).click();
      await seeHeading(page, "Transfer sent");
    }
    expect(await transfersAtBank(orders[0].reference)).toEqual([orders[0]]);
    expect(await transfersAtBank(orders[1].reference)).toEqual([orders[1]]);
  });

  test("a last click that comes after a minute still counts", async () => {
    const context = await newVisitor({ javaScriptEnabled: false });
    const page = await context.newPage();
    await signIn(page, alice);
    const order = orderOf("slow hand", "15.50");
    await transfer(page, order);
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Confirmed");
    await context.clearCookies({ name: /resume/ }); // what its minute does to the cookie
    await page.getByRole("button", { name: "Continue" }).click();
    await seeHeading(page, "Confirmed");
    await page.getByRole("button", { name: "Continue" }).click();
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("an impatient double click on the last button sends it once", async () => {
    const page = await (await newVisitor({ javaScriptEnabled: false })).newPage();
    await signIn(page, alice);
    const order = orderOf("twice");
    await transfer(page, order);
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Confirmed");
    await page.getByRole("button", { name: "Continue" }).dblclick();
    await page.getByRole("heading", { name: /Transfer sent|This is done/ }).waitFor();
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("the same confirmed page in two tabs sends it once, and the second says so", async () => {
    const context = await newVisitor({ javaScriptEnabled: false });
    const page = await context.newPage();
    await signIn(page, alice);
    const order = orderOf("copied tab");
    await transfer(page, order);
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Confirmed");
    const copy = await context.newPage();
    await copy.goto(page.url());
    await seeHeading(copy, "Confirmed");
    await page.getByRole("button", { name: "Continue" }).click();
    await seeHeading(page, "Transfer sent");
    await copy.getByRole("button", { name: "Continue" }).click();
    await seeHeading(copy, "This is done");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });
});

/** The newest code for an address, read where a person reads it. */
async function readInboxPage(context: BrowserContext, address: string): Promise<string> {
  const inbox = await context.newPage();
  await inbox.goto(`${scene.authsignalPages}/inbox?to=${encodeURIComponent(address)}`);
  const code = await inbox.locator(".big-code").first().textContent();
  await inbox.close();
  return code ?? "";
}

const MAX_TABS = 40;

/** Presses Tab until the focus is on the control with this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const wanted = page
    .getByLabel(name, { exact: true })
    .or(page.getByRole("button", { name, exact: true }))
    .or(page.getByRole("link", { name, exact: true }))
    .and(page.locator(":focus"));
  for (let presses = 0; presses < MAX_TABS; presses += 1) {
    if ((await wanted.count()) > 0) {
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${name} on ${page.url()}`);
}
