import { fc } from "../../support/properties.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { openRaw, readAnswer, sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

const RUNS = Number(process.env["MALFORMED_RUNS"] ?? 400);
const ANSWER_MS = 3_000;

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

/** The status, or how the connection ended without one. */
async function outcome(bytes: string): Promise<number | "closed" | "waiting"> {
  const { socket, reader } = await openRaw(edge.port);
  socket.write(Buffer.from(bytes, "latin1"));
  const late = new Promise<"waiting">((resolve) => {
    setTimeout(() => resolve("waiting"), ANSWER_MS).unref();
  });
  const answered = await Promise.race([readAnswer(reader, bytes.startsWith("HEAD ")), late]);
  socket.destroy();
  if (answered === "waiting") {
    return "waiting";
  }
  return answered.final === undefined ? "closed" : statusOf(answered.final);
}

describe("malformed input", () => {
  // docs/http.md, "What workerd refuses by itself", has the same list.
  it.each([
    ["a bad character in the target", "GET /a<b HTTP/1.1", [], 400],
    ["bytes that are not UTF-8 in the target", "GET /a\u00e9b HTTP/1.1", [], 400],
    ["no target", "GET HTTP/1.1", [], 400],
    ["another protocol", "GET / HTTP/9.9", [], 400],
    ["no Host", "GET / HTTP/1.1", ["-Host"], 400],
    ["a method it does not know", "BREW / HTTP/1.1", [], 501],
    ["a method in lower case", "get / HTTP/1.1", [], 501],
    ["a space before a colon", "GET / HTTP/1.1", ["X-A : 1"], 400],
    ["a folded line", "GET / HTTP/1.1", ["X-A: 1", " 2"], 400],
    ["a NUL in a value", "GET / HTTP/1.1", ["X-A: a\0b"], 400],
    ["a bare CR in a value", "GET / HTTP/1.1", ["X-A: a\rb"], 400],
    ["a name with a space", "GET / HTTP/1.1", ["X A: 1"], 400],
    ["no name", "GET / HTTP/1.1", [": 1"], 400],
    ["two lengths", "POST / HTTP/1.1", ["Content-Length: 1", "Content-Length: 2"], 400],
    ["a length with a sign", "POST / HTTP/1.1", ["Content-Length: +1"], 400],
    ["a length in hexadecimal", "POST / HTTP/1.1", ["Content-Length: 0x1"], 400],
    ["a length beyond numbers", "POST / HTTP/1.1", ["Content-Length: 99999999999999999999999"], 400],
    ["an unknown transfer coding", "POST / HTTP/1.1", ["Transfer-Encoding: xchunked"], 400],
  ])("with %s is refused", async (_, line, fields, status) => {
    const hostLine = fields.includes("-Host") ? [] : [`Host: ${host}`];
    const lines = [line, ...hostLine, ...fields.filter((field) => !field.startsWith("-")), "", ""];
    expect(await outcome(lines.join("\r\n"))).toBe(status);
  });

  it.each([
    ["two Host lines", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
    ["a space in Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400],
    ["a Host that is no host", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400],
    ["a port that is no port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400],
    // workerd ends it before the gateway's code runs; Cloudflare's edge refuses it before workerd.
    ["CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 500],
  ])("with %s reaches nobody", async (_, bytes, status) => {
    origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") });
    expect(await outcome(bytes)).toBe(status);
    expect(origin.arrivals).toEqual([]);
  });

  it("too large in its head is refused, at once", async () => {
    const field = `X-Large: ${"a".repeat(1_000_000)}`;
    expect(await outcome(`GET / HTTP/1.1\r\nHost: ${host}\r\n${field}\r\n\r\n`)).toBe(431);
    expect(await outcome(`GET /${"a".repeat(1_000_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toBe(431);
  });

  const word = fc.constantFrom(
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "/",
    "/a",
    "//",
    "*",
    "?",
    "#",
    "%",
    "%00",
    "..",
    "\\",
    "http://x/",
    "HTTP/1.1",
    "HTTP/1.0",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\r",
    "\0",
    ":",
    ": ",
    ",",
    ";",
    "=",
    '"',
    "\u00ff",
    "\u0080",
    "a",
    "1",
    "0x1",
    "-1",
    "Cookie: __Host-sallyport-session=x",
    "Authorization: Bearer ",
    "Authorization: Bearer a.b.c",
    "Sallyport-Challenge: x",
    "Connection: ,,",
    "Connection: cookie, host",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Origin: null",
    "Content-Length: 1",
    "Content-Length: 0",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
    "Expect: x",
    "Access-Control-Request-Method: x",
    "Accept: text/html",
    "Content-Type: x",
    "X_Forwarded_For: x",
    "TE: trailers",
    "/.sallyport/",
    "/.sallyport/challenges/x",
    "/.sallyport/callback?state=",
    "/.sallyport/session",
    "_method=delete",
  );
  const wellFormedStart = fc
    .tuple(
      fc.constantFrom("GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT"),
      fc.array(word, { maxLength: 4 }).map((words) => words.join("").replace(/[\s#]/g, "")),
      fc.array(word, { maxLength: 8 }),
    )
    .map(
      ([method, path, fields]) =>
        `${method} /${path} HTTP/1.1\r\nHost: ${host}\r\n${fields.join("\r\n")}\r\n\r\n`,
    );
  const noise = fc.array(word, { maxLength: 20 }).map((words) => `${words.join("")}\r\n\r\n`);

  it(
    "of any kind never ends in a 500 of the gateway's, and never harms who comes next",
    async () => {
      const bug = () => edge.log().filter((line) => line.includes('"event":"bug"'));
      await fc.assert(
        fc.asyncProperty(fc.oneof(wellFormedStart, noise), async (bytes) => {
          origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
          const { socket } = await openRaw(edge.port);
          socket.end(Buffer.from(bytes, "latin1"));
          const next = await sendRaw(edge.port, `GET /next HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
          expect(statusOf(next.final)).toBe(200);
          socket.destroy();
          expect(bug()).toEqual([]);
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 100,
  );

  it(
    "that is whole gets an answer of its own, and no 500",
    async () => {
      await fc.assert(
        fc.asyncProperty(wellFormedStart, async (bytes) => {
          origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
          expect(await sendHalfClosed(bytes)).not.toBe(500);
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 100,
  );
});

describe("a slow client", () => {
  it("keeps nobody else waiting", async () => {
    origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
    const slow = await Promise.all(Array.from({ length: 200 }, () => openRaw(edge.port)));
    for (const { socket } of slow) {
      socket.write(`POST /slow HTTP/1.1\r\nHost: ${host}\r\nContent-Le`);
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sendRaw(edge.port, `GET /quick HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
    );
    expect(answers.map(({ final }) => statusOf(final))).toEqual(Array.from({ length: 20 }, () => 200));
    for (const { socket } of slow) {
      socket.destroy();
    }
  });
});

/** Ends the sending side, so that a body that was promised and does not come is not waited for. */
async function sendHalfClosed(bytes: string): Promise<number> {
  const { socket, reader } = await openRaw(edge.port);
  socket.end(Buffer.from(bytes, "latin1"));
  const { final } = await readAnswer(reader, bytes.startsWith("HEAD "));
  socket.destroy();
  return statusOf(final);
}
