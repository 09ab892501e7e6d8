import { expect, test } from "vitest";
import { person, seeHeading, signIn } from "./people.ts";
import { actionsAtAuthsignal } from "./records.ts";
import { newVisitor, scene, useStage } from "./stage.ts";

useStage();

test("the balance and every other harmless page is there without a check, and without a word to Authsignal", async () => {
  const page = await (await newVisitor()).newPage();
  await signIn(page, person("alice"));
  await seeHeading(page, "Hello, alice");
  await page
    .getByText(/^£[\d,]+\.\d\d$/)
    .first()
    .waitFor();

  for (const name of ["Transfer", "Payees", "Settings"]) {
    await page.getByRole("navigation").getByRole("link", { name }).click();
    await page.getByRole("link", { name, exact: true }).and(page.locator("[aria-current=page]")).waitFor();
  }

  expect(await actionsAtAuthsignal()).toEqual([]);
  await page.goto(scene.authsignalPages);
  await page.getByText("Nothing yet").waitFor();
});
