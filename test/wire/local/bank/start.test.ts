import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Bank, startBank } from "../../../../workers/local/bank/start.ts";
import { form, requestAs } from "./customer.ts";

describe("the bank", () => {
  let bank: Bank;
  beforeAll(async () => {
    bank = await startBank({ port: 0 });
  });
  beforeEach(() => fetch(`${bank.url}/_log`, { method: "DELETE" }));
  afterAll(() => bank.close());

  it("shows a customer their balance and latest transactions", async () => {
    const page = await (await requestAs(bank, "home")("/")).text();
    expect(page).toContain("Hello, alice");
    expect(page).toContain("£12,480.50");
    expect(page).toContain("Quayside Grocers");
  });

  it("keeps customers apart", async () => {
    await requestAs(bank, "one")("/transfer", form({ payee: "Marina", amount: "100" }));
    expect(await (await requestAs(bank, "one")("/api/balance")).json()).toEqual({
      balance: 12_380.5,
      currency: "GBP",
    });
    expect(await (await requestAs(bank, "two")("/api/balance")).json()).toEqual({
      balance: 12_480.5,
      currency: "GBP",
    });
  });

  it("answers 401 when the proxy names nobody, as a page and as JSON", async () => {
    for (const headers of [{}, { "X-Forwarded-User": " " }, { "X-Forwarded-Email": "alice@example.com" }]) {
      const response = await fetch(bank.url, { headers });
      expect([response.status, response.headers.get("Content-Type")]).toEqual([
        401,
        "text/html; charset=UTF-8",
      ]);
    }
    const api = await fetch(`${bank.url}/api/balance`);
    expect([api.status, api.headers.get("Content-Type")]).toEqual([401, "application/json"]);
  });

  it("sends the same security headers with every answer, and stores no page", async () => {
    for (const path of [
      "/",
      "/transfer",
      "/payees",
      "/settings",
      "/nowhere",
      "/healthz",
      "/assets/bank.css",
    ]) {
      const { headers } = await requestAs(bank, "headers")(path);
      expect(headers.get("Content-Security-Policy")).toBe(
        "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Referrer-Policy")).toBe("same-origin");
      expect(headers.get("Cache-Control")).toBe(
        path.startsWith("/assets/") ? "public, max-age=300" : "no-store",
      );
    }
  });

  it("needs no script, and knows nothing of what is in front of it", async () => {
    for (const path of ["/", "/transfer", "/payees", "/settings"]) {
      const page = await (await requestAs(bank, "plain")(path)).text();
      expect(page).not.toMatch(/<script|style=|sallyport/i);
    }
  });

  it("serves its health and its assets to anyone", async () => {
    expect(await (await fetch(`${bank.url}/healthz`)).text()).toBe("ok");
    expect((await fetch(`${bank.url}/assets/bank.css`)).headers.get("Content-Type")).toMatch(/^text\/css/);
    expect((await fetch(`${bank.url}/assets/harbour.svg`)).headers.get("Content-Type")).toBe("image/svg+xml");
  });

  it("accepts a change only from its own pages, by the host the browser sees", async () => {
    const post = async (headers: Record<string, string>): Promise<number> =>
      (await requestAs(bank, "origin")("/payees", form({ name: "A", account: "12345" }, headers))).status;
    expect(await post({})).toBe(303);
    expect(await post({ Origin: bank.url })).toBe(303);
    expect(
      await post({ Origin: "http://app.localhost:8080", "X-Forwarded-Host": "app.localhost:8080" }),
    ).toBe(303);
    expect(await post({ Origin: "https://evil.example", "X-Forwarded-Host": "app.localhost:8080" })).toBe(
      403,
    );
    expect(await post({ Origin: bank.url, "X-Forwarded-Host": "app.localhost:8080" })).toBe(403);
    expect(await post({ Origin: "null" })).toBe(403);
  });

  it("refuses bodies above 1 MiB with 413 and takes one of exactly that size", async () => {
    const post = async (bytes: number): Promise<number> => {
      const body = `payee=${"a".repeat(bytes - 6)}`;
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      return (await requestAs(bank, "large")("/transfer", { method: "POST", body, headers })).status;
    };
    expect(await post(1024 * 1024)).toBe(422);
    expect(await post(1024 * 1024 + 1)).toBe(413);
  });

  it("logs each request as it was on the wire: raw target, header names and order, body", async () => {
    const sent = request(bank.url, {
      method: "POST",
      path: "/a/%2e%2E/b;x?q=%zz",
      setHost: false,
      headers: [
        "Host",
        "odd.example",
        "X-OdD",
        "1",
        "x-odd",
        "2",
        "Content-Type",
        "text/plain",
        "Content-Length",
        "5",
      ],
    });
    sent.end("hällo".slice(0, 4));
    const status = await new Promise((resolve, reject) => {
      sent.on("response", (response) => void text(response).then(() => resolve(response.statusCode)));
      sent.on("error", reject);
    });
    expect(status).toBe(401);
    const [entry, ...rest] = bank.requests();
    expect(rest).toEqual([]);
    expect(entry).toMatchObject({ method: "POST", url: "/a/%2e%2E/b;x?q=%zz", bodyText: "häll" });
    expect(entry?.headers.slice(0, 3)).toEqual([
      ["Host", "odd.example"],
      ["X-OdD", "1"],
      ["x-odd", "2"],
    ]);
    expect(entry?.at).toBeGreaterThan(Date.now() - 60_000);
  });

  it("keeps the first 64 KiB of a body in the log", async () => {
    const body = "b".repeat(200_000);
    await requestAs(bank, "log")("/transfer", { method: "POST", body });
    expect(bank.requests()[0]?.bodyText).toBe("b".repeat(64 * 1024));
  });

  it("shows and clears the log on its own port, but not through a proxy", async () => {
    await fetch(`${bank.url}/healthz`);
    const log: unknown = await (await fetch(`${bank.url}/_log`)).json();
    expect(log).toEqual(bank.requests());
    expect(log).toHaveLength(1);
    expect((await requestAs(bank, "curious")("/_log")).status).toBe(404);
    expect((await fetch(`${bank.url}/_log`, { method: "DELETE" })).status).toBe(204);
    expect(bank.requests()).toEqual([]);
  });

  it("goes on after a sender that leaves in the middle of a body", async () => {
    const half = request(`${bank.url}/transfer`, { method: "POST", headers: { "Content-Length": "100" } });
    half.on("error", () => undefined);
    half.write("payee=M");
    await vi.waitFor(() => expect(bank.requests()[0]?.bodyText).toBe("payee=M"));
    half.destroy();
    expect((await fetch(`${bank.url}/healthz`)).status).toBe(200);
  });

  it("leaves Node's error as it is when the port is taken", async () => {
    await expect(startBank({ port: Number(new URL(bank.url).port) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });
});
