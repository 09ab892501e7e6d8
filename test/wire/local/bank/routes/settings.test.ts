import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bank, startBank } from "../../../../../workers/local/bank/start.ts";
import { form, requestAs } from "../customer.ts";

describe("settings", () => {
  let bank: Bank;
  beforeAll(async () => {
    bank = await startBank({ port: 0 });
  });
  afterAll(() => bank.close());

  it("begin with what the proxy knows, and keep what the customer saves", async () => {
    const ask = requestAs(bank, "changes");
    expect(await (await ask("/settings")).text()).toContain('value="alice@example.com"');
    const saved = await ask("/settings", form({ name: "Alice A.", email: "a@example.org" }));
    expect([saved.status, saved.headers.get("Location")]).toEqual([303, "/settings?saved"]);
    expect(await (await ask("/settings?saved")).text()).toContain("Your settings are saved.");
    expect(await (await ask("/")).text()).toContain("Hello, Alice A.");
  });

  it.each([
    ["name", { name: " ", email: "a@example.org" }],
    ["email", { name: "Alice", email: "not an address" }],
  ])("a wrong %s is 422 and changes nothing", async (field, fields) => {
    const ask = requestAs(bank, "mistypes");
    const page = await ask("/settings", form(fields));
    expect(page.status).toBe(422);
    expect(await page.text()).toContain(`id="${field}-error"`);
    expect(await (await ask("/")).text()).toContain("Hello, alice");
  });
});
