import { describe, expect, it } from "vitest";
import { ERROR_CODES, type ErrorCode } from "../../../src/http/codes.ts";
import { constantProblem, problem } from "../../../src/http/problem.ts";

const REQUEST_ID = "0a1b2c3d-0000-4000-8000-000000000001";

describe("a problem document", () => {
  it("carries its code, a title, the correlation id, and nothing else", async () => {
    const answer = problem({ code: "blocked", requestId: REQUEST_ID });
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
      403,
      "application/problem+json",
      "no-store",
    ]);
    expect(answer.headers.get("sallyport-request-id")).toBe(REQUEST_ID);
    expect(await answer.json()).toEqual({
      type: "urn:sallyport:problem:blocked",
      title: "This was blocked",
      status: 403,
      code: "blocked",
      instance: `urn:uuid:${REQUEST_ID}`,
    });
  });

  it("may say more, and another status, which both places show", async () => {
    const answer = problem({
      code: "step_up_required",
      requestId: REQUEST_ID,
      status: 403,
      detail: "More.",
      headers: { "WWW-Authenticate": "Bearer" },
      extensions: { challenge: { id: "x" } },
    });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect([answer.status, await answer.json()]).toMatchObject([
      403,
      { status: 403, detail: "More.", challenge: { id: "x" } },
    ]);
  });

  it("exists for every code, with a status of an error and a title of its own", () => {
    const codes = Object.keys(ERROR_CODES) as ErrorCode[]; // an object literal's keys are its type's
    expect(codes.every((code) => /^[a-z][a-z_]+$/.test(code))).toBe(true);
    expect(codes.every((code) => ERROR_CODES[code].status >= 400 && ERROR_CODES[code].status < 600)).toBe(
      true,
    );
    expect(new Set(codes.map((code) => ERROR_CODES[code].title)).size).toBe(codes.length);
  });

  it("is the same each time where it carries no id", async () => {
    const make = constantProblem("too_many_deliveries", { "Retry-After": "1" });
    const [first, second] = [make(), make()];
    expect([first.status, first.headers.get("retry-after"), first.headers.get("cache-control")]).toEqual([
      429,
      "1",
      "no-store",
    ]);
    expect(first.headers.get("sallyport-request-id")).toBeNull();
    const text = await first.text();
    expect(JSON.parse(text)).toEqual({
      type: "urn:sallyport:problem:too_many_deliveries",
      title: "Too many deliveries at a time",
      status: 429,
      code: "too_many_deliveries",
    });
    expect(await second.text()).toBe(text);
  });
});
