import { describe, expect, test } from "vitest";
import { goToCheck, passCheck, person, seeHeading, signIn, transfer } from "./people.ts";
import { transfersAtBank } from "./records.ts";
import { newVisitor, scene, useStage } from "./stage.ts";

const newt = person("newt");
useStage();

describe("a user without an authenticator", () => {
  test("sets one up, is then asked, and only then is it done", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, newt);
    const order = { payee: "Marina Holt", amount: "1500", reference: "first time" };
    await transfer(page, order);
    await seeHeading(page, "Set up a second check");
    await goToCheck(page, "Set it up");
    await page.getByRole("link", { name: "E-mail code" }).click();
    await passCheck(page, newt);

    await seeHeading(page, "Confirm that it is you");
    expect(await transfersAtBank(order.reference)).toEqual([]);
    await goToCheck(page);
    await passCheck(page, newt);
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });

  test("is not let through by leaving, nor by a small amount", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, newt);
    for (const amount of ["1500", "5"]) {
      const order = { payee: "Marina Holt", amount, reference: `slips by with ${amount}` };
      await transfer(page, order);
      await seeHeading(page, "Set up a second check");
      await goToCheck(page, "Set it up");
      await page.getByRole("button", { name: "Cancel" }).click();
      await seeHeading(page, "Cancelled: nothing was done");
      expect(await transfersAtBank(order.reference)).toEqual([]);
    }
  });

  test("with a small amount, which the rules allow, it goes on by itself once the authenticator is there", async () => {
    const page = await (await newVisitor()).newPage();
    await signIn(page, newt);
    const order = { payee: "Marina Holt", amount: "5", reference: "small and new" };
    await transfer(page, order);
    await goToCheck(page, "Set it up");
    await page.getByRole("link", { name: "E-mail code" }).click();
    await passCheck(page, newt);
    await seeHeading(page, "Transfer sent");
    expect(await transfersAtBank(order.reference)).toEqual([order]);
  });
});

test("a user whom the rules block gets a 403 page, and nothing reaches the bank", async () => {
  const page = await (await newVisitor()).newPage();
  await signIn(page, person("mallory"));
  const order = { payee: "Marina Holt", amount: "5", reference: "blocked" };
  const answered = page.waitForResponse(
    (response) => response.request().method() === "POST" && response.url() === `${scene.appUrl}/transfer`,
  );
  await transfer(page, order);
  expect((await answered).status()).toBe(403);
  await seeHeading(page, "This was blocked");
  expect(await transfersAtBank(order.reference)).toEqual([]);
  await page.getByRole("link", { name: "Back to the app" }).click();
  await seeHeading(page, "Hello, mallory");
});
