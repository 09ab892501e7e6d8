import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fc } from "../../support/properties.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { valuesOf } from "../../support/http1.ts";
import { openRaw, readAnswer, sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

/** Longer than the gateway waits for a small body before its request goes ahead (upload.ts). */
const AHEAD_MS = 60;
const OK = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

let origin: RawOrigin;
let edge: Edge;
let host: string;
beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({ origin: origin.url });
  host = new URL(edge.url).host;
});
beforeEach(() => origin.script({ answer: () => OK }));
afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const head = (length: number, method = "POST") =>
  `${method} /small HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\n\r\n`;
const reasonsSince = (before: number) =>
  edge
    .log()
    .slice(before)
    .map((line) => /"reason":"(\w+)"/.exec(line)?.[1] ?? /"code":"(\w+)"/.exec(line)?.[1]);

describe("a small body", () => {
  it("arrives byte for byte with its length, in whatever pieces it comes", async () => {
    const bytes = fc.uint8Array({ maxLength: 20_000, size: "max" });
    const length = fc.oneof(
      bytes,
      fc.constantFrom(0, 1, 16_383, 16_384, 16_385).map((n) => new Uint8Array(n)),
    );
    const cuts = fc.array(fc.tuple(fc.nat(20_000), fc.constantFrom(0, 1, AHEAD_MS)), { maxLength: 3 });
    const method = fc.constantFrom("POST", "PUT", "DELETE", "PATCH");
    await fc.assert(
      fc.asyncProperty(length, cuts, method, async (body, pauses, name) => {
        origin.script({ answer: () => OK });
        const { socket, reader } = await openRaw(edge.port);
        socket.write(head(body.length, name));
        let from = 0;
        for (const [at, milliseconds] of pauses.sort(([a], [b]) => a - b)) {
          socket.write(body.subarray(from, at));
          from = Math.max(from, Math.min(at, body.length));
          await sleep(milliseconds);
        }
        socket.write(body.subarray(from));
        const { final } = await readAnswer(reader, false);
        socket.destroy();
        const [arrival] = origin.arrivals;
        expect([statusOf(final), valuesOf(arrival?.fields ?? [], "content-length")]).toEqual([
          200,
          [String(body.length)],
        ]);
        expect(arrival?.body.equals(body)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("that comes late is not waited for: its request goes ahead, and each piece as it comes", async () => {
    const pieces: string[] = [];
    const first = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    origin.script({
      take: async (socket, reader) => {
        arrived.resolve();
        pieces.push((await reader.bytes(2)).toString());
        first.resolve();
        pieces.push((await reader.bytes(3)).toString());
        socket.write(OK);
      },
    });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(head(5));
    await arrived.promise;
    socket.write("so");
    await first.promise;
    socket.write("me!");
    expect(statusOf((await readAnswer(reader, false)).final)).toBe(200);
    expect(pieces).toEqual(["so", "me!"]);
    socket.destroy();
  });

  it("may be answered before it is sent", async () => {
    origin.script({
      take: async (socket) => {
        socket.write("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!");
        await once(socket, "close");
      },
    });
    const { final } = await sendRaw(edge.port, head(5));
    expect([statusOf(final), final?.body.toString()]).toEqual([417, "no!"]);
  });

  it("that breaks off at once is never whole for the app: 499 in the log", async () => {
    const before = edge.log().length;
    const { socket } = await openRaw(edge.port);
    socket.write(head(5));
    socket.destroy();
    await expect.poll(() => reasonsSince(before)).toEqual(["client_gone"]);
    expect(origin.arrivals.filter(({ complete }) => complete)).toEqual([]);
  });

  it("sent in chunks beside a length is whole", async () => {
    const fields = `Host: ${host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n`;
    const body = "5\r\nhello\r\n0\r\n\r\n";
    const { final } = await sendRaw(edge.port, `POST /small HTTP/1.1\r\n${fields}\r\n${body}`);
    expect([statusOf(final), origin.arrivals[0]?.body.toString()]).toEqual([200, "hello"]);
  });

  it.each(["POST", "GET"])(
    "of a length beyond numbers that breaks off is no bug of the gateway's: %s",
    async (method) => {
      const before = edge.log().length;
      const { socket, reader } = await openRaw(edge.port);
      socket.write(
        `${method} /small HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 9007199254740993\r\n\r\nsome`,
      );
      const answer = readAnswer(reader, false);
      await sleep(AHEAD_MS);
      socket.destroy();
      expect(statusOf((await answer).final)).toBe(0);
      await expect.poll(() => reasonsSince(before)).toHaveLength(1);
      expect(reasonsSince(before)).not.toContain("internal");
      expect(edge.log().filter((line) => line.includes('"event":"bug"'))).toEqual([]);
      expect(origin.arrivals.filter(({ complete }) => complete)).toEqual([]);
    },
  );

  it("of an app that hangs up is no client that left: 502", async () => {
    origin.script({ answer: () => undefined });
    expect(statusOf((await sendRaw(edge.port, `${head(5)}whole`)).final)).toBe(502);
  });
});
