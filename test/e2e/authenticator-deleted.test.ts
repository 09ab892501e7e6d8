import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { answerLogin, person, seeHeading, signIn, transfer } from "./people.ts";
import { alertsReceived, transfersAtBank } from "./records.ts";
import { newVisitor, PATIENCE_MS, scene, useStage } from "./stage.ts";

const alice = person("alice");
useStage();

test("deleting the authenticator ends every session; only a password brings the user back; an alert arrives", async () => {
  await fetch(scene.alertsUrl, { method: "DELETE" });
  const [desk, phone, analyst] = [await newVisitor(), await newVisitor(), await newVisitor()];
  const [atDesk, onPhone] = [await desk.newPage(), await phone.newPage()];
  await signIn(atDesk, alice);
  await signIn(onPhone, alice, "/payees");
  const order = { payee: "Marina Holt", amount: "1300", reference: "not any more" };
  await transfer(onPhone, order);
  await seeHeading(onPhone, "Confirm that it is you");
  const check = onPhone.url();

  const dashboard = await analyst.newPage();
  await dashboard.goto(`${scene.authsignalPages}/dashboard/users`);
  await dashboard.getByRole("link", { name: "Delete E-mail code of Alice Archer" }).click();
  await dashboard.getByRole("button", { name: "Delete" }).click();
  await dashboard.getByRole("status").waitFor();

  // The check that was open on the phone went with its session, at once.
  await expect.poll(alertsReceived, { timeout: PATIENCE_MS }).toHaveLength(1);
  const [alert] = await alertsReceived();
  expect(alert?.body).toMatchObject({ type: "authenticator.deleted", sub: alice.sub });
  await onPhone.goto(check);
  await onPhone.getByLabel("Password").waitFor();
  expect(await transfersAtBank(order.reference)).toEqual([]);

  // Ordinary pages trust what the ledger said for a few seconds at most. Managed login still knows this browser;
  // its form is shown all the same.
  await expect
    .poll(() => pageAfterClick(atDesk, "Transfer"), { timeout: PATIENCE_MS })
    .toBe(scene.cognitoPages);
  await atDesk.getByLabel("Password").waitFor();
  expect((await desk.cookies(scene.cognitoPages)).map(({ name }) => name)).toContain("cognito");
  await atDesk.goto(`${scene.appUrl}/payees`);
  await atDesk.getByLabel("Password").waitFor();

  await answerLogin(atDesk, alice);
  await seeHeading(atDesk, "Payees");
  await answerLogin(onPhone, alice);
  await seeHeading(onPhone, "There is no such challenge for this session");
});

/** The origin of the page that a click in the app's navigation leads to. */
async function pageAfterClick(page: Page, link: string): Promise<string> {
  const shown = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  await page.getByRole("navigation").getByRole("link", { name: link }).click();
  await shown;
  return new URL(page.url()).origin;
}
