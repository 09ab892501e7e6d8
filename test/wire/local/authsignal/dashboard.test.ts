import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { click, open, submit } from "./browser.ts";
import { seedUser, startWorld, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";

const LARGE_TRANSFER = "/dashboard/rules/transfer/large-transfer";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

describe("activity", () => {
  test("is empty at first, then shows who did what and which rule decided", async () => {
    expect((await open(world, "/")).text).toContain("Nothing yet");
    await trackTransfer(world, "alice", 1500);
    const { text } = await open(world, "/");
    expect(text).toContain("Alice Archer");
    expect(text).toContain("Amount: 1,500");
    expect(text).toContain("Large transfer");
    expect(text).toContain("Challenge open");
  });

  test("is the same log for programs", async () => {
    await trackTransfer(world, "newt", 1500);
    const log: unknown = await (await fetch(`${world.standIn.url}/control/actions`)).json();
    expect(log).toMatchObject([{ actionCode: "transfer", state: "ALLOW", outcome: "CHALLENGE" }]);
  });
});

describe("rules", () => {
  test("a saved threshold decides the next transfer", async () => {
    const rules = await open(world, "/dashboard/rules");
    const page = await submit(world, rules, LARGE_TRANSFER, { threshold: "500" });
    expect(page.text).toContain("Saved");
    expect(await trackTransfer(world, "alice", 600)).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      allowedVerificationMethods: ["EMAIL_OTP", "AUTHENTICATOR_APP"],
    });
    expect(await trackTransfer(world, "alice", 400)).toMatchObject({ state: "ALLOW" });
  });

  test("edited JsonLogic wins over the threshold; what cannot be read is refused and kept", async () => {
    const rules = await open(world, "/dashboard/rules");
    const refused = await submit(world, rules, LARGE_TRANSFER, {
      threshold: "500",
      conditions: "{ not json",
    });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("The conditions are not valid JSON.");
    expect(refused.text).toContain("{ not json");
    expect(await trackTransfer(world, "alice", 600)).toMatchObject({ state: "ALLOW" });
    const conditions = JSON.stringify({ "==": [{ var: "custom.payee" }, "Dora"] });
    await submit(world, refused, LARGE_TRANSFER, { conditions });
    expect(await trackTransfer(world, "alice", 1)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  test("the switch turns a rule off", async () => {
    const form = { type: "CHALLENGE", "method-EMAIL_OTP": "on", threshold: "1000" };
    const body = new URLSearchParams(form);
    await fetch(`${world.standIn.url}${LARGE_TRANSFER}`, { method: "POST", body });
    expect(await trackTransfer(world, "alice", 1500)).toMatchObject({ state: "ALLOW", ruleIds: [] });
  });

  test("a rule can be added, and the default outcome changed", async () => {
    const page = await submit(
      world,
      await open(world, "/dashboard/rules"),
      "/dashboard/rules/add-payee/new-rule",
      {
        name: "Odd payee",
        variable: "risk",
        threshold: "7",
        type: "BLOCK",
      },
    );
    await submit(world, page, "/dashboard/rules/add-payee/default-outcome", { defaultOutcome: "ALLOW" });
    const track = (risk: number) =>
      world.sdk.track({
        userId: seedUser("alice").sub,
        action: "add-payee",
        attributes: { custom: { risk } },
      });
    expect(await track(8)).toMatchObject({ state: "BLOCK", ruleIds: ["odd-payee"] });
    expect(await track(7)).toMatchObject({ state: "ALLOW" });
  });
});

describe("users", () => {
  test("deleting asks first, then deletes", async () => {
    const { sub: userId } = seedUser("alice");
    const question = await click(
      world,
      await open(world, "/dashboard/users"),
      "Delete E-mail code of Alice Archer",
    );
    expect(question.text).toContain("Delete this authenticator?");
    expect(await world.sdk.getAuthenticators({ userId })).toHaveLength(1);
    const done = await submit(world, question, question.forms[0]?.action ?? "");
    expect(done.text).toContain("The authenticator was deleted.");
    expect(await world.sdk.getAuthenticators({ userId })).toEqual([]);
  });

  test("programs delete too, and an unknown one is not found", async () => {
    const { sub: userId } = seedUser("alice");
    const [one] = await world.sdk.getAuthenticators({ userId });
    const path = `${world.standIn.url}/control/users/${userId}/authenticators/${one?.userAuthenticatorId}`;
    expect((await fetch(path, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(path, { method: "DELETE" })).status).toBe(404);
  });
});

describe("requests from other sites", () => {
  test.each([
    ["by Fetch Metadata", { "sec-fetch-site": "cross-site" }],
    ["by a sibling name", { "sec-fetch-site": "same-site" }],
    ["by origin", { origin: "http://evil.example" }],
    ["by an opaque origin", { origin: "null" }],
  ])("are refused %s", async (_name, headers) => {
    for (const path of [LARGE_TRANSFER, "/control/reset"]) {
      const response = await fetch(`${world.standIn.url}${path}`, { method: "POST", headers });
      expect(response.status).toBe(403);
    }
  });

  test("its own forms are taken", async () => {
    const headers = { "sec-fetch-site": "same-origin", origin: world.standIn.url };
    const response = await fetch(`${world.standIn.url}/control/reset`, { method: "POST", headers });
    expect(response.status).toBe(204);
  });
});

test("an unknown page is a page for people", async () => {
  const page = await open(world, "/dashboard/nowhere");
  expect(page.status).toBe(404);
  expect(page.text).toContain("There is no such page");
});
