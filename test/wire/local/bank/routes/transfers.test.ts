import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bank, startBank } from "../../../../../workers/local/bank/start.ts";
import { form, json, requestAs } from "../customer.ts";

describe("transfers", () => {
  let bank: Bank;
  let ask: ReturnType<typeof requestAs>;
  let customers = 0;
  beforeAll(async () => {
    bank = await startBank({ port: 0 });
  });
  beforeEach(() => {
    customers += 1;
    ask = requestAs(bank, `customer-${customers}`);
  });
  afterAll(() => bank.close());

  const balance = async (): Promise<unknown> => Object(await (await ask("/api/balance")).json()).balance;

  it("a form goes to the receipt, and the money is gone", async () => {
    const sent = await ask("/transfer", form({ payee: "Marina Holt", amount: "1500", reference: "Boat" }));
    expect(sent.status).toBe(303);
    const location = sent.headers.get("Location") ?? "";
    expect(location).toMatch(/^\/transfer\/[0-9a-f-]{36}$/);
    const receipt = await (await ask(location)).text();
    for (const part of ["Marina Holt", "£1,500.00", "Boat", "£10,980.50"]) {
      expect(receipt).toContain(part);
    }
    expect(await balance()).toBe(10_980.5);
    expect(await (await ask("/")).text()).toContain(`href="${location}"`);
  });

  it("JSON gets the transfer back, with the amount as a number or as text", async () => {
    const first = await ask("/transfer", json({ payee: "Marina", amount: 50 }));
    expect(first.status).toBe(201);
    expect(await first.json()).toMatchObject({
      id: expect.any(String),
      amount: 50,
      payee: "Marina",
      balance: 12_430.5,
    });
    await ask("/transfer", json({ payee: "Marina", amount: "0.50" }));
    const list: unknown = await (await ask("/api/transfers")).json();
    expect(list).toMatchObject([{ amount: 0.5 }, { amount: 50 }]);
  });

  it.each([
    ["amount", { payee: "Marina", amount: "0" }],
    ["amount", { payee: "Marina", amount: "1.005" }],
    ["amount", { payee: "Marina", amount: "12480.51" }],
    ["amount", { payee: "Marina" }],
    ["payee", { payee: "  ", amount: "5" }],
    ["payee", { amount: "5" }],
    ["reference", { payee: "Marina", amount: "5", reference: "r".repeat(141) }],
  ])("a wrong %s is 422 with what was typed, and nothing moves", async (field, fields) => {
    const page = await ask("/transfer", form(fields));
    expect(page.status).toBe(422);
    expect(await page.text()).toContain(`id="${field}-error"`);
    const answer = await ask("/transfer", json(fields));
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ error: { field, message: expect.any(String) } });
    expect(await balance()).toBe(12_480.5);
  });

  it("shows again what was typed, as text", async () => {
    const page = await ask("/transfer", form({ payee: `"><script>`, amount: "<b>", reference: "R&D" }));
    const html = await page.text();
    expect(html).toContain("&quot;&gt;&lt;script&gt;");
    expect(html).toContain("R&amp;D");
    expect(html).not.toMatch(/<script|<b>/);
  });

  it("the whole balance can be sent, and then nothing", async () => {
    expect((await ask("/transfer", form({ payee: "Marina", amount: "12480.50" }))).status).toBe(303);
    expect((await ask("/transfer", form({ payee: "Marina", amount: "0.01" }))).status).toBe(422);
  });

  it("the same Idempotency-Key makes one transfer, however often and however fast it comes", async () => {
    const once = form({ payee: "Marina", amount: "100" }, { "Idempotency-Key": "k-1" });
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask("/transfer", once)));
    expect(new Set(answers.map((answer) => answer.headers.get("Location"))).size).toBe(1);
    expect(await balance()).toBe(12_380.5);

    const otherCustomer = await requestAs(bank, "someone-else")("/transfer", once);
    expect(otherCustomer.headers.get("Location")).not.toBe(answers[0]?.headers.get("Location"));
  });

  it("a refused transfer does not use its key up", async () => {
    const key = { "Idempotency-Key": "k-2" };
    expect((await ask("/transfer", form({ payee: "Marina", amount: "x" }, key))).status).toBe(422);
    expect((await ask("/transfer", form({ payee: "Marina", amount: "1" }, key))).status).toBe(303);
  });

  it("nobody sees another customer's receipt", async () => {
    const sent = await ask("/transfer", form({ payee: "Marina", amount: "1" }));
    const theirs = await requestAs(bank, "nosy")(sent.headers.get("Location") ?? "");
    expect(theirs.status).toBe(404);
  });

  it.each([
    [400, "{", "application/json"],
    [400, "[]", "application/json"],
    [400, "null", "application/json"],
    [415, "payee=Marina&amount=5", "text/plain"],
    [415, "--x--", "multipart/form-data; boundary=x"],
  ])("answers %i to %j as %s", async (status, body, type) => {
    const response = await ask("/transfer", { method: "POST", body, headers: { "Content-Type": type } });
    expect(response.status).toBe(status);
  });
});
