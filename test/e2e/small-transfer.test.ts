import { expect, test } from "vitest";
import { person, seeHeading, signIn, transfer } from "./people.ts";
import { actionsAtAuthsignal, transfersAtBank } from "./records.ts";
import { newVisitor, scene, useStage } from "./stage.ts";

const alice = person("alice");
useStage();

test("a transfer of 50 goes through, and the dashboard shows it, allowed", async () => {
  const context = await newVisitor();
  const page = await context.newPage();
  await signIn(page, alice);
  const order = { payee: "Marina Holt", amount: "50", reference: "Lunch & ferry" };
  await transfer(page, order);
  await seeHeading(page, "Transfer sent");

  expect(await transfersAtBank(order.reference)).toEqual([order]);
  expect(await actionsAtAuthsignal()).toMatchObject([
    {
      userId: alice.sub,
      actionCode: "transfer",
      state: "ALLOW",
      custom: { amount: 50, payee: "Marina Holt" },
    },
  ]);
  const dashboard = await context.newPage();
  await dashboard.goto(scene.authsignalPages);
  const row = dashboard.getByRole("row").filter({ hasText: "Alice Archer" });
  await row.getByText("Amount: 50").waitFor();
  await row.getByText("Allowed").waitFor();
});
