import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bank, startBank } from "../../../../../workers/local/bank/start.ts";
import { form, json, requestAs } from "../customer.ts";

describe("payees", () => {
  let bank: Bank;
  beforeAll(async () => {
    bank = await startBank({ port: 0 });
  });
  afterAll(() => bank.close());

  it("lists what was added, by form or JSON, and offers it for a transfer", async () => {
    const ask = requestAs(bank, "adds");
    const added = await ask("/payees", form({ name: "Ines & Co", account: "GB00 1234" }));
    expect([added.status, added.headers.get("Location")]).toEqual([303, "/payees"]);
    expect((await ask("/payees", json({ name: "Second", account: "12345" }))).status).toBe(201);
    for (const path of ["/payees", "/transfer"]) {
      const page = await (await ask(path)).text();
      expect(page).toContain("Ines &amp; Co");
      expect(page).toContain("Second");
    }
    expect(await (await ask("/transfer?payee=Ines%20%26%20Co")).text()).toContain('value="Ines &amp; Co"');
  });

  it.each([
    ["name", { name: "", account: "GB00 1234" }],
    ["account", { name: "Ines", account: "1234" }],
    ["account", { name: "Ines", account: "GB00-1234" }],
  ])("a wrong %s is 422 and adds nothing", async (field, fields) => {
    const ask = requestAs(bank, "mistypes");
    const page = await ask("/payees", form(fields));
    expect(page.status).toBe(422);
    expect(await page.text()).toContain(`id="${field}-error"`);
    expect(await (await ask("/payees")).text()).not.toContain("Ines");
  });
});
