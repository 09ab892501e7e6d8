import { afterAll, beforeAll, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { openRaw, readAnswer } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

const MEGABYTE = 1_000_000;
const ROUNDS = 8;

let origin: RawOrigin;
let edge: Edge;
let host: string;
beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({ origin: origin.url });
  host = new URL(edge.url).host;
});
afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const reasonsSince = (before: number) =>
  edge
    .log()
    .slice(before)
    .map((line) => /"reason":"(\w+)"/.exec(line)?.[1]);

it.each(["Content-Length: 50000000", "Transfer-Encoding: chunked"])(
  "an app that hangs up in the middle of an upload is told as that, not as a client that left: %s",
  async (framing) => {
    const before = edge.log().length;
    for (let round = 0; round < ROUNDS; round += 1) {
      origin.script({
        take: async (server, taking) => {
          await taking.bytes(10);
          server.destroy();
        },
      });
      const { socket, reader } = await openRaw(edge.port);
      socket.write(`POST /upload HTTP/1.1\r\nHost: ${host}\r\n${framing}\r\n\r\n`);
      socket.write(framing.startsWith("T") ? `${(5 * MEGABYTE).toString(16)}\r\n` : "");
      socket.write(Buffer.alloc(5 * MEGABYTE, "x"));
      // A client that still sends may lose the answer (RFC 9112 section 9.6); the log has it.
      await readAnswer(reader, false);
      await expect.poll(() => reasonsSince(before)).toHaveLength(round + 1);
      socket.destroy();
    }
    expect(new Set(reasonsSince(before))).toEqual(new Set(["origin_unreachable"]));
  },
);
