import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { click, open, submit } from "./browser.ts";
import type { Page } from "./browser.ts";
import { SECRET_KEY, seedUser, startWorld, trackTransfer } from "./harness.ts";
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

describe("the order of rules", () => {
  test("is changed one step at a time", async () => {
    const track = () => trackTransfer(world, "mallory", 1500);
    expect(await track()).toMatchObject({ ruleIds: ["blocked-customer", "large-transfer"] });
    const move = (direction: string) =>
      fetch(`${world.standIn.url}${LARGE_TRANSFER}/move/${direction}`, {
        method: "POST",
        redirect: "manual",
      });
    await move("up");
    await move("up");
    expect(await track()).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      ruleIds: ["large-transfer", "blocked-customer"],
    });
    await move("down");
    expect(await track()).toMatchObject({ state: "BLOCK" });
  });
});

describe("deleting a rule", () => {
  test("asks first", async () => {
    const question = await click(world, await open(world, "/dashboard/rules"), "Delete Large transfer");
    expect(question.text).toContain("Delete this rule?");
    expect(await trackTransfer(world, "alice", 1500)).toMatchObject({ ruleIds: ["large-transfer"] });
    const done = await submit(world, question, question.forms[0]?.action ?? "");
    expect(done.text).toContain("The rule was deleted.");
    expect(await trackTransfer(world, "alice", 1500)).toMatchObject({ ruleIds: [] });
  });
});

describe("trying a rule", () => {
  async function tryIt(typed: Record<string, string>): Promise<Page> {
    const rules = await open(world, "/dashboard/rules");
    const form = rules.forms.find(({ action }) => action === LARGE_TRANSFER);
    const body = new URLSearchParams({ ...form?.fields, ...typed });
    const answer = await fetch(`${world.standIn.url}${LARGE_TRANSFER}/try`, { method: "POST", body });
    return { ...rules, status: answer.status, text: (await answer.text()).replaceAll(/<[^>]*>|\s+/g, " ") };
  }

  test("says what would happen with what is typed, and saves nothing", async () => {
    const sample = JSON.stringify({ custom: { amount: 700 } });
    const tried = await tryIt({ threshold: "500", sample });
    expect(tried.text).toContain("It would be triggered.");
    expect(tried.text).toMatch(/“Large transfer” would decide/);
    expect((await tryIt({ threshold: "900", sample })).text).toContain("It would not be triggered.");
    expect(await trackTransfer(world, "alice", 700)).toMatchObject({ state: "ALLOW" });
  });

  test("tells what is missing, and that a rule before it decides", async () => {
    expect((await tryIt({ sample: "{}" })).text).toMatch(/custom\.amount\s+is missing/);
    const { sub: userId } = seedUser("mallory");
    const sample = JSON.stringify({ custom: { amount: 5000 }, user: { userId } });
    expect((await tryIt({ sample })).text).toMatch(/“Blocked customer” would decide/);
  });

  test("begins with the data of the newest action", async () => {
    await trackTransfer(world, "alice", 4321);
    const rules = await open(world, "/dashboard/rules");
    const sample = rules.forms.find(({ action }) => action === LARGE_TRANSFER)?.fields["sample"] ?? "";
    expect(JSON.parse(sample)).toMatchObject({
      custom: { amount: 4321 },
      user: { email: "alice@example.com" },
    });
  });

  test.each([
    ["sample data that is not JSON", { sample: "{" }, "The sample data is not valid JSON."],
    ["sample data that is a list", { sample: "[]" }, "The sample data must be a JSON object."],
    ["conditions that are not JSON", { conditions: "{", sample: "{}" }, "The conditions are not valid JSON."],
    ["an unknown operator", { conditions: '{"x":1}', sample: "{}" }, "is not supported"],
  ])("with %s says so", async (_name, typed, problem) => {
    expect((await tryIt(typed)).text).toContain(problem);
  });
});

test("an action shows why it was decided so", async () => {
  await trackTransfer(world, "alice", 1500);
  const page = await click(world, await open(world, "/"), "Large transfer");
  expect(page.text).toContain("“Large transfer” decided: challenge.");
  expect(page.text).toContain("custom.amount = 1500");
  expect(page.text).toContain("Blocked customer");
  expect(page.text).toContain("not triggered");
});

describe("faults", () => {
  test("are switched on and off", async () => {
    const empty = await open(world, "/dashboard/faults");
    expect(empty.text).toContain("every call is answered as it should be");
    const on = await submit(world, empty, "/dashboard/faults", {
      endpoint: "track",
      kind: "rate-limit",
      retryAfterSeconds: "3",
    });
    expect(on.text).toContain("The fault is on.");
    await expect(trackTransfer(world, "alice", 1)).rejects.toMatchObject({ statusCode: 429 });
    await submit(world, on, "/dashboard/faults/0/remove");
    expect(await trackTransfer(world, "alice", 1)).toMatchObject({ state: "ALLOW" });
  });

  test("what cannot be is refused with the reason", async () => {
    const page = await submit(world, await open(world, "/dashboard/faults"), "/dashboard/faults", {
      endpoint: "track",
      kind: "status",
      status: "42",
    });
    expect(page.status).toBe(400);
    expect(page.text).toContain("status:");
  });

  test("the clock is set, and a key rotated and ended", async () => {
    const page = await submit(world, await open(world, "/dashboard/faults"), "/dashboard/faults/clock", {
      minutes: "-60",
    });
    const { idempotencyKey } = await trackTransfer(world, "alice", 1);
    const key = { userId: seedUser("alice").sub, action: "transfer", idempotencyKey };
    expect(Date.parse((await world.sdk.getAction(key)).createdAt)).toBeLessThan(Date.now() - 3_500_000);
    const rotated = await submit(world, page, "/dashboard/faults/keys/rotate");
    expect(rotated.text).toContain("There is a new current key.");
    expect(await trackTransfer(world, "alice", 1)).toMatchObject({ state: "ALLOW" });
    world.standIn.rotateSecretKey(SECRET_KEY);
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
