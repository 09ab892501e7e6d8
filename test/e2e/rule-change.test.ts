import { expect, test } from "vitest";
import { goToCheck, passCheck, person, seeHeading, signIn, transfer } from "./people.ts";
import { transfersAtBank } from "./records.ts";
import { newVisitor, scene, useStage } from "./stage.ts";

const bob = person("bob");
useStage();

test("a threshold that is saved in the dashboard holds for the next transfer", async () => {
  const context = await newVisitor();
  const page = await context.newPage();
  await signIn(page, bob);
  const before = { payee: "Marina Holt", amount: "600", reference: "before the change" };
  await transfer(page, before);
  await seeHeading(page, "Transfer sent");

  const dashboard = await context.newPage();
  await dashboard.goto(`${scene.authsignalPages}/dashboard/rules`);
  await dashboard.getByLabel("Amount is more than").fill("500");
  await dashboard.getByRole("button", { name: "Save Large transfer" }).click();
  await dashboard.getByRole("status").waitFor();

  const after = { payee: "Marina Holt", amount: "600", reference: "after the change" };
  await transfer(page, after);
  await seeHeading(page, "Confirm that it is you");
  await goToCheck(page);
  await page.getByRole("link", { name: "E-mail code" }).click();
  await passCheck(page, bob);
  await seeHeading(page, "Transfer sent");
  expect(await transfersAtBank(before.reference)).toEqual([before]);
  expect(await transfersAtBank(after.reference)).toEqual([after]);
});
