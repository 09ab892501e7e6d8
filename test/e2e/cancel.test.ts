import { beforeEach, describe, expect, test } from "vitest";
import { goToCheck, passCheck, person, seeHeading, signIn, transfer } from "./people.ts";
import { transfersAtBank } from "./records.ts";
import { challengeAbove, newVisitor, useStage } from "./stage.ts";

const alice = person("alice");
useStage();
beforeEach(() => challengeAbove(10));

describe("cancelling at the check", () => {
  test("does nothing, says so, and lets me try again with what I typed", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    const order = { payee: "Marina Holt", amount: "12.34", reference: "second thoughts" };
    await transfer(page, order);
    await goToCheck(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await seeHeading(page, "Cancelled: nothing was done");
    await page.getByText("£12.34", { exact: true }).waitFor();
    await page.reload();
    await seeHeading(page, "Cancelled: nothing was done");
    expect(await transfersAtBank(order.reference)).toEqual([]);

    const cancelled = page.url();
    await page.getByRole("button", { name: "Try again" }).click();
    await seeHeading(page, "Confirm that it is you");
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);

    await page.goto(cancelled);
    await seeHeading(page, "This is done");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("can be left at that, and the app goes on as before", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    const order = { payee: "Marina Holt", amount: "12.34", reference: "left at that" };
    await transfer(page, order);
    await goToCheck(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("link", { name: "Back to the app" }).click();
    await seeHeading(page, "Hello, alice");
    expect(await transfersAtBank(order.reference)).toEqual([]);
  });

  test("by the browser's back button leaves the check open, and it can still be passed", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, alice);
    const order = { payee: "Marina Holt", amount: "12.34", reference: "back and forth" };
    await transfer(page, order);
    await goToCheck(page);
    await page.goBack();
    await goToCheck(page);
    await passCheck(page, alice);
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });
});
