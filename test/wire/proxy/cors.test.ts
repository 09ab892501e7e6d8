import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { headBytes, valuesOf, type Fields, type Message } from "../../support/http1.ts";
import { sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

const PAGE = "https://pages.example";

let origin: RawOrigin;
let edge: Edge;
let host: string;

beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({
    origin: origin.url,
    policy: {
      version: 1,
      default: { require: "sign-in" },
      routes: [{ id: "closed", match: { path: "/closed" }, require: "deny" }],
    },
    settings: { CORS_ORIGINS: `${PAGE}, https://other.example` },
  });
  host = new URL(edge.url).host;
});

afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const send = (method: string, path: string, fields: Fields) =>
  sendRaw(edge.port, headBytes(`${method} ${path} HTTP/1.1`, [["Host", host], ...fields])).then(
    ({ final }) => final,
  );

const value = (message: Message | undefined, name: string) =>
  valuesOf(message?.fields ?? [], name).join(" | ");

const answerWith = (fields: Fields) =>
  origin.script({ answer: () => headBytes("HTTP/1.1 204 No Content", fields) });

beforeEach(() => answerWith([]));

describe("a preflight", () => {
  const asks = (headers: string, from = PAGE): Fields => [
    ["Origin", from],
    ["Access-Control-Request-Method", "POST"],
    ["Access-Control-Request-Headers", headers],
  ];

  it("reaches the app without a challenge, and without anything that says who sent it", async () => {
    answerWith([["Access-Control-Allow-Origin", "https://anyone.example"]]);
    const final = await send("OPTIONS", "/private", [
      ...asks("content-type", "https://anyone.example"),
      ["Cookie", `app=1; ${await edge.sessionCookie()}`],
      ["Authorization", `Bearer ${await edge.issuer.token()}`],
    ]);
    const names = origin.arrivals[0]?.fields.map(([name]) => name.toLowerCase()).toSorted();
    expect(names).toEqual([
      "access-control-request-headers",
      "access-control-request-method",
      "content-length",
      "host",
      "origin",
      "x-forwarded-host",
      "x-forwarded-proto",
    ]);
    expect([statusOf(final), value(final, "access-control-allow-origin")]).toEqual([
      204,
      "https://anyone.example",
    ]);
    expect(value(final, "vary")).toBe("");
  });

  it("for `Sallyport-Challenge` is answered by the app, which need not know it", async () => {
    answerWith([["Access-Control-Allow-Headers", "Content-Type"]]);
    const final = await send("OPTIONS", "/private", asks("content-type,sallyport-challenge"));
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "access-control-request-headers")).toEqual([
      "content-type",
    ]);
    expect(value(final, "access-control-allow-headers")).toBe("Content-Type, Sallyport-Challenge");
  });

  it("for nothing but `Sallyport-Challenge` asks the app for no header", async () => {
    const final = await send("OPTIONS", "/private", asks("Sallyport-Challenge"));
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "access-control-request-headers")).toEqual([]);
    expect(value(final, "access-control-allow-headers")).toBe("Sallyport-Challenge");
  });

  it("of a page that is not configured is left to the app, whatever it asks for", async () => {
    const final = await send("OPTIONS", "/private", asks("sallyport-challenge", "https://evil.example"));
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "access-control-request-headers")).toEqual([
      "sallyport-challenge",
    ]);
    expect(value(final, "access-control-allow-headers")).toBe("");
  });

  it("for a closed route stays closed", async () => {
    expect(statusOf(await send("OPTIONS", "/closed", asks("x")))).toBe(403);
    expect(origin.arrivals).toEqual([]);
  });

  it("is nothing but a preflight: OPTIONS without its headers needs a sign-in", async () => {
    expect(statusOf(await send("OPTIONS", "/private", [["Origin", PAGE]]))).toBe(401);
    expect(statusOf(await send("OPTIONS", "/private", [["Access-Control-Request-Method", "POST"]]))).toBe(
      401,
    );
    expect(origin.arrivals).toEqual([]);
  });

  it("for the gateway's own endpoints is answered by the gateway", async () => {
    const final = await send("OPTIONS", "/.sallyport/challenges/x", asks("authorization"));
    expect([statusOf(final), value(final, "access-control-allow-origin")]).toEqual([204, PAGE]);
    expect(value(final, "access-control-allow-methods")).toBe("GET, POST, DELETE");
    expect(value(final, "access-control-allow-headers")).toBe("Authorization, Content-Type");
    const foreign = await send(
      "OPTIONS",
      "/.sallyport/challenges/x",
      asks("authorization", "https://evil.example"),
    );
    expect(value(foreign, "access-control-allow-origin")).toBe("");
  });
});

describe("an answer that the gateway made", () => {
  it("can be read by a page of a configured origin, with what it needs to go on", async () => {
    const final = await send("GET", "/private", [["Origin", PAGE]]);
    expect(statusOf(final)).toBe(401);
    expect(value(final, "access-control-allow-origin")).toBe(PAGE);
    expect(value(final, "access-control-allow-credentials")).toBe("true");
    expect(value(final, "access-control-expose-headers")).toContain("WWW-Authenticate");
    expect(value(final, "vary")).toBe("Origin");
    expect(value(final, "cache-control")).toBe("no-store");
  });

  it.each([["https://evil.example"], ["null"], [`${PAGE}.evil.example`], ["https://PAGES.example"]])(
    "cannot be read by %s",
    async (from) => {
      const final = await send("GET", "/private", [["Origin", from]]);
      expect(value(final, "access-control-allow-origin")).toBe("");
      expect(value(final, "vary")).toBe("Origin");
    },
  );

  it("says so of refusals before the policy too", async () => {
    const final = await send("GET", "/a/../b", [["Origin", PAGE]]);
    expect([statusOf(final), value(final, "access-control-allow-origin")]).toEqual([400, PAGE]);
  });
});

it("adds nothing to an answer of the app", async () => {
  answerWith([["Vary", "Accept"]]);
  const final = await send("GET", "/private", [
    ["Origin", PAGE],
    ["Authorization", `Bearer ${await edge.issuer.token()}`],
  ]);
  expect([statusOf(final), value(final, "vary"), value(final, "access-control-allow-origin")]).toEqual([
    204,
    "Accept",
    "",
  ]);
});
