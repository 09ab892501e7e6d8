import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { postToken, startPool } from "./pool.ts";

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
});
