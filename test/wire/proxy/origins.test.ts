import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { valuesOf } from "../../support/http1.ts";
import { sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

let origin: RawOrigin;
let edge: Edge | undefined;

beforeAll(async () => {
  origin = await startRawOrigin();
});

afterEach(async () => {
  await edge?.stop();
  edge = undefined;
});

afterAll(() => origin.close());

const location = (path: string) => `HTTP/1.1 302 Found\r\nLocation: ${path}\r\nContent-Length: 0\r\n\r\n`;

async function send(to: Edge, path = "/a?b=1"): Promise<Awaited<ReturnType<typeof sendRaw>>["final"]> {
  const { final } = await sendRaw(to.port, `GET ${path} HTTP/1.1\r\nHost: ${new URL(to.url).host}\r\n\r\n`);
  return final;
}

describe("the app is reached", () => {
  it("by its URL: the Host is the URL's, the public one is in X-Forwarded-Host", async () => {
    edge = await startEdge({ origin: origin.url });
    origin.script({ answer: () => Buffer.from(location(`${origin.url}/next`)) });
    const final = await send(edge);
    const fields = origin.arrivals[0]?.fields ?? [];
    expect(origin.arrivals[0]?.startLine).toBe("GET /a?b=1 HTTP/1.1");
    expect(valuesOf(fields, "host")).toEqual([new URL(origin.url).host]);
    expect(valuesOf(fields, "x-forwarded-host")).toEqual([new URL(edge.url).host]);
    expect(valuesOf(final?.fields ?? [], "location")).toEqual([`${edge.url}/next`]);
  });

  it("by a service binding: the public Host is kept, and there is no other address to hide", async () => {
    edge = await startEdge({
      origin: "service:",
      originService: { address: new URL(origin.url).host },
    });
    origin.script({ answer: () => Buffer.from(location(`${origin.url}/next`)) });
    const final = await send(edge);
    expect(origin.arrivals[0]?.startLine).toBe("GET /a?b=1 HTTP/1.1");
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "host")).toEqual([new URL(edge.url).host]);
    expect(valuesOf(final?.fields ?? [], "location")).toEqual([`${origin.url}/next`]);
  });

  it("by a service binding to a Worker, which sees the public URL", async () => {
    edge = await startEdge({
      origin: "service:",
      originService: { script: "export default { fetch: (request) => new Response(request.url) };" },
    });
    expect((await send(edge))?.body.toString()).toBe(`${edge.url}/a?b=1`);
  });

  it("by the zone's own DNS: the public Host is kept", async () => {
    edge = await startEdge({ origin: "dns:", zoneAddress: new URL(origin.url).host });
    origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
    expect(statusOf(await send(edge))).toBe(200);
    expect(origin.arrivals[0]?.startLine).toBe("GET /a?b=1 HTTP/1.1");
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "host")).toEqual([new URL(edge.url).host]);
  });
});

it("refuses everything when the service binding is configured and missing, and says so", async () => {
  const started = await startEdge({ origin: "service:" });
  edge = started;
  expect(statusOf(await send(started))).toBe(503);
  await expect.poll(() => started.log().join("\n")).toContain("there is no service binding ORIGIN");
});
