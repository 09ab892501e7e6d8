import { describe, expect, it } from "vitest";
import { forward, type Forwarded, type OriginOptions } from "../../../src/proxy/forward.ts";

/** What `fetch` of the runtime was given, beside the request. */
async function optionsFor(
  changes: Partial<Forwarded>,
  headers: Readonly<Record<string, string>> = {},
  origin: Partial<Pick<OriginOptions, "url" | "isBehindCache">> = {},
) {
  const seen: { request?: Request; init?: RequestInit & { cf?: unknown } } = {};
  await forward(
    {
      request: new Request("https://app.example.com/a", { headers, redirect: "manual" }),
      target: "/a",
      publicOrigin: "https://app.example.com",
      clientIp: "192.0.2.7",
      set: [],
      authenticated: false,
      ...changes,
    },
    {
      url: "https://origin.internal",
      isBehindCache: true,
      timeoutMs: 1_000,
      after: (milliseconds, due) => void setTimeout(due, milliseconds),
      // The runtime's own type has more overloads than a test needs.
      fetch: (async (input: Request | string, init?: RequestInit) => {
        Object.assign(seen, { request: new Request(input, init), init });
        return new Response("ok");
      }) as unknown as typeof fetch,
      ...origin,
    },
  );
  return { ...seen, cf: seen.init?.cf ?? seen.request?.cf };
}

const NEVER = { cacheTtlByStatus: { "100-999": -1 } };

describe("a cache between the gateway and the origin", () => {
  it.each([
    ["of a known user", { authenticated: true }, {}],
    ["with a cookie", {}, { Cookie: "a=1" }],
    ["with the app's own credentials", {}, { Authorization: "Basic YTpi" }],
  ])("keeps nothing that answers a request %s", async (_, changes, headers) => {
    expect((await optionsFor(changes, headers)).cf).toEqual(NEVER);
  });

  it("may keep what anyone may see", async () => {
    expect((await optionsFor({})).cf).toBeUndefined();
    // Sallyport's own cookie is no reason: it does not go on.
    expect((await optionsFor({}, { Cookie: "__Host-sallyport-session=x" })).cf).toBeUndefined();
  });

  it("is told so too where the origin is asked through the zone's own DNS", async () => {
    expect((await optionsFor({ authenticated: true }, {}, { url: undefined })).cf).toEqual(NEVER);
  });

  it("is not there before a service binding, whose Worker would take it for its own `request.cf`", async () => {
    const service = { url: undefined, isBehindCache: false };
    expect((await optionsFor({ authenticated: true }, {}, service)).cf).toBeUndefined();
  });

  it("is never told so by the request itself, which the origin would see", async () => {
    const { request, init } = await optionsFor({ authenticated: true });
    expect(init?.cache).toBeUndefined();
    expect([...(request?.headers.keys() ?? [])]).toEqual([
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
    ]);
  });
});

it("never follows a redirect", async () => {
  expect((await optionsFor({})).request?.redirect).toBe("manual");
});

it("passes `traceparent` on", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  expect((await optionsFor({}, { traceparent })).request?.headers.get("traceparent")).toBe(traceparent);
});

it("sends nothing in another spelling beside what was judged", async () => {
  const odd = { X_Amount: "1000", "X-Amount": "1", "api.key": "k" };
  const strict = await optionsFor({ strict: true }, odd);
  expect([...(strict.request?.headers.keys() ?? [])]).toContain("x-amount");
  expect([...(strict.request?.headers.keys() ?? [])]).not.toContain("x_amount");
  expect([...(strict.request?.headers.keys() ?? [])]).not.toContain("api.key");
  const usual = await optionsFor({}, { "api.key": "k" });
  expect(usual.request?.headers.get("api.key")).toBe("k");
});
