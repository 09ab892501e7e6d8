import { afterAll, beforeAll, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [{ id: "login", match: { methods: ["POST"], path: "/login" }, require: "nothing" }],
};
const SOCKET =
  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

let origin: RawOrigin;
let edge: Edge;
let host: string;
beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({ origin: origin.url, policy: POLICY });
  host = new URL(edge.url).host;
});
afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const PREFLIGHT = "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n";

// The runtime sends every request with `Upgrade: websocket` as a GET without a body, whatever its method was.
it.each([
  ["a preflight, which nobody signs in for", "OPTIONS /private", PREFLIGHT, ""],
  ["a POST that anybody may send", "POST /login", "Content-Length: 5\r\n", "hello"],
  ["a POST in chunks", "POST /login", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"],
])("an upgrade makes no GET of %s", async (_, line, fields, body) => {
  for (const protocol of ["websocket", "WebSocket"]) {
    origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
    const head = `${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}Upgrade: ${protocol}\r\n${SOCKET}\r\n`;
    const { final } = await sendRaw(edge.port, head + body);
    expect(statusOf(final)).toBe(200);
    expect(origin.arrivals.map((arrival) => [arrival.startLine, arrival.body.toString()])).toEqual([
      [`${line} HTTP/1.1`, body === "" ? "" : "hello"],
    ]);
  }
});
