import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { callApi, postToken, startPool } from "./pool.ts";

const SHORT_MS = 300;

describe("faults", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool();
  });
  afterEach(() => pool.setFault(undefined));
  afterAll(() => pool.close());

  it("hang: no answer comes", async () => {
    pool.setFault({ endpoint: "jwks", kind: "hang" });
    await expect(fetch(pool.jwks, { signal: AbortSignal.timeout(SHORT_MS) })).rejects.toThrow(/timeout/);
  });

  it("reset: the connection breaks", async () => {
    pool.setFault({ endpoint: "token", kind: "reset" });
    await expect(postToken(pool, {})).rejects.toThrow();
  });

  it("status and html: an answer that is no answer, at the named endpoint only", async () => {
    pool.setFault({ endpoint: "jwks", kind: "status", status: 503 });
    expect((await fetch(pool.jwks)).status).toBe(503);
    expect((await postToken(pool, {})).status).toBe(400);
    pool.setFault({ endpoint: "jwks", kind: "html" });
    const page = await fetch(pool.jwks);
    expect([page.status, page.headers.get("Content-Type")]).toEqual([200, "text/html; charset=utf-8"]);
  });

  it("refuse: the connection ends before any answer; cut: in the middle of one", async () => {
    pool.setFault({ endpoint: "jwks", kind: "refuse" });
    await expect(fetch(pool.jwks)).rejects.toThrow();
    pool.setFault({ endpoint: "jwks", kind: "cut" });
    const response = await fetch(pool.jwks);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it("delay: the right answer, later", async () => {
    pool.setFault({ endpoint: "jwks", kind: "delay", delayMs: SHORT_MS });
    const startedAt = performance.now();
    expect((await fetch(pool.jwks)).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(SHORT_MS - 50);
  });

  it("json and oversized: an answer that cannot be read, or is too long to be", async () => {
    pool.setFault({ endpoint: "jwks", kind: "json" });
    await expect((await fetch(pool.jwks)).json()).rejects.toThrow(SyntaxError);
    pool.setFault({ endpoint: "jwks", kind: "oversized", bytes: 3_000_000 });
    const text = await (await fetch(pool.jwks)).text();
    expect(text.length).toBeGreaterThan(3_000_000);
    expect(JSON.parse(text)).toHaveProperty("padding");
  });

  it("rateLimit: Cognito's 400 at the API, 429 with Retry-After at the domain", async () => {
    pool.setFault({ endpoint: "*", kind: "rateLimit", retryAfterSeconds: 7 });
    const { status, body, headers } = await callApi(pool, "GetUser", {});
    expect([status, body]).toEqual([400, { __type: "TooManyRequestsException", message: "Rate exceeded" }]);
    expect(headers.get("x-amzn-ErrorType")).toBe("TooManyRequestsException");
    const token = await postToken(pool, {});
    expect([token.status, token.headers.get("Retry-After")]).toEqual([429, "7"]);
  });

  it("are about one operation of the API, and end by themselves after a number of requests", async () => {
    pool.setFault({ endpoint: "api:GetUser", kind: "status", status: 500, times: 2 });
    expect((await callApi(pool, "RevokeToken", {})).status).toBe(400);
    const { status, body } = await callApi(pool, "GetUser", {});
    expect([status, body["__type"]]).toEqual([500, "InternalErrorException"]);
    expect((await callApi(pool, "GetUser", {})).status).toBe(500);
    expect((await callApi(pool, "GetUser", {})).status).toBe(400);
  });

  it("stand side by side, one per endpoint, and are cleared one by one", async () => {
    const control = `${pool.domain}/control/fault`;
    for (const endpoint of ["jwks", "token"]) {
      // oxlint-disable-next-line no-await-in-loop
      await fetch(control, {
        method: "POST",
        body: JSON.stringify({ endpoint, kind: "status", status: 503 }),
      });
    }
    expect((await fetch(pool.jwks)).status).toBe(503);
    await fetch(`${control}?endpoint=jwks`, { method: "DELETE" });
    expect((await fetch(pool.jwks)).status).toBe(200);
    expect((await postToken(pool, {})).status).toBe(503);
    expect(await (await fetch(control)).json()).toEqual([{ endpoint: "token", kind: "status", status: 503 }]);
  });

  it("are set and cleared over HTTP, even when everything else fails", async () => {
    const control = `${pool.domain}/control/fault`;
    const set = await fetch(control, {
      method: "POST",
      body: JSON.stringify({ endpoint: "*", kind: "status" }),
    });
    expect(set.status).toBe(204);
    expect((await fetch(pool.jwks)).status).toBe(500);
    expect((await fetch(control, { method: "DELETE" })).status).toBe(204);
    expect((await fetch(pool.jwks)).status).toBe(200);
  });

  it.each([
    "",
    "nonsense",
    "[]",
    '{"endpoint":"moon","kind":"hang"}',
    '{"endpoint":"*","kind":"status","status":9}',
  ])("refuses to be set to %j", async (body) => {
    const response = await fetch(`${pool.domain}/control/fault`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect((await fetch(pool.jwks)).status).toBe(200);
  });

  it("may be on from the start, several at once, with a clock that is wrong", async () => {
    const wrong = await startPool({
      faults: [
        { endpoint: "jwks", kind: "status", status: 503 },
        { endpoint: "token", kind: "html" },
      ],
      clockShiftSeconds: 7200,
    });
    try {
      expect((await fetch(wrong.jwks)).status).toBe(503);
      expect((await postToken(wrong, {})).headers.get("Content-Type")).toContain("text/html");
      const { headers } = await fetch(`${wrong.domain}/control`);
      expect(Date.parse(headers.get("Date") ?? "") - Date.now()).toBeGreaterThan(7_100_000);
    } finally {
      await wrong.close();
    }
  });
});
