import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { startEdge, type Edge } from "../../support/edge.ts";
import { valuesOf, type ByteReader } from "../../support/http1.ts";
import { openRaw, readAnswer, sendRaw, statusOf } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

/** Short, so that a test can outlast it. */
const TIMEOUT_MS = 400;
const MEBIBYTE = 1_048_576;
const LARGE_BYTES = 100 * MEBIBYTE;
/** workerd's heap breathes by some tens of megabytes; a body that is held would show by its whole size. */
const FLAT_BYTES = 48 * MEBIBYTE;

let origin: RawOrigin;
let edge: Edge;
let host: string;

beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({ origin: origin.url, settings: { ORIGIN_TIMEOUT_MS: String(TIMEOUT_MS) } });
  host = new URL(edge.url).host;
});

afterAll(async () => {
  await edge.stop();
  await origin.close();
});

afterEach(() => origin.script({ answer: () => Buffer.from("HTTP/1.1 204 No Content\r\n\r\n") }));

const get = (path: string, extra = "") => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${extra}\r\n`;

describe("streams", () => {
  it("hands on server-sent events one by one, however long the stream is idle", async () => {
    const event = Promise.withResolvers<Socket>();
    origin.script({
      take: async (socket) => {
        socket.write(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        event.resolve(socket);
        await once(socket, "close");
      },
    });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(get("/events"));
    const server = await event.promise;
    await skipHead(reader);
    for (const data of ["data: 1\n\n", "data: 2\n\n"]) {
      // Longer than the deadline, which is for headers only.
      await sleep(TIMEOUT_MS * 1.5);
      server.write(`${data.length.toString(16)}\r\n${data}\r\n`);
      expect(await reader.line()).toBe(data.length.toString(16));
      expect((await reader.bytes(data.length + 2)).toString()).toBe(`${data}\r\n`);
    }
    socket.destroy();
    // Whoever writes to a client that has gone is told.
    const writing = setInterval(() => server.write("3\r\n:\n\n\r\n"), 10);
    await once(server, "close");
    clearInterval(writing);
  });

  it("hands on each piece of an upload as it comes, and takes as long as the client does", async () => {
    const pieces: string[] = [];
    const arrived = Promise.withResolvers<void>();
    origin.script({
      take: async (socket, reader) => {
        pieces.push((await reader.bytes(5)).toString());
        arrived.resolve();
        pieces.push((await reader.bytes(MEBIBYTE - 5)).subarray(0, 5).toString());
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      },
    });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(`PUT /slow HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${MEBIBYTE}\r\n\r\nfirst`);
    await arrived.promise;
    await sleep(TIMEOUT_MS * 1.5);
    socket.write(Buffer.concat([Buffer.from("later"), Buffer.alloc(MEBIBYTE - 10)]));
    const { final } = await readAnswer(reader, false);
    expect([statusOf(final), pieces]).toEqual([200, ["first", "later"]]);
    socket.destroy();
  });

  it("gives an early answer to a client that is still sending", async () => {
    origin.script({
      take: async (socket) => {
        socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
        await once(socket, "close");
      },
    });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(`POST /early HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${LARGE_BYTES}\r\n\r\nsome`);
    const { final } = await readAnswer(reader, false);
    expect([statusOf(final), final?.body.toString()]).toEqual([413, "big"]);
    socket.destroy();
  });

  it("says `100 Continue` itself, so that no client waits", async () => {
    origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(
      `POST /continue HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`,
    );
    expect(await reader.line()).toBe("HTTP/1.1 100 Continue");
    expect(await reader.line()).toBe("");
    socket.write("abc");
    const { final } = await readAnswer(reader, false);
    expect(statusOf(final)).toBe(200);
    expect(origin.arrivals[0]?.body.toString()).toBe("abc");
    socket.destroy();
  });

  it("carries 100 MB up and down in flat memory", async () => {
    await edge.forgetPeak();
    const before = await edge.peakBytes();
    const piece = Buffer.alloc(MEBIBYTE, 7);
    origin.script({
      take: async (socket, reader) => {
        for (let left = LARGE_BYTES; left > 0;) {
          left -= (await reader.some()).length;
        }
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE_BYTES}\r\n\r\n`);
        await pour(socket, piece);
      },
    });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(`POST /large HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${LARGE_BYTES}\r\n\r\n`);
    await pour(socket, piece);
    await skipHead(reader);
    let received = 0;
    while (received < LARGE_BYTES) {
      const bytes = await reader.some();
      if (bytes.length === 0) {
        break;
      }
      received += bytes.length;
    }
    expect(received).toBe(LARGE_BYTES);
    expect((await edge.peakBytes()) - before).toBeLessThan(FLAT_BYTES);
    socket.destroy();
  });
});

describe("bytes that are left alone", () => {
  it("passes gRPC-Web on, whose trailers are in its body", async () => {
    const frames = Buffer.from([0, 0, 0, 0, 1, 42, 128, 0, 0, 0, 15, ...Buffer.from("grpc-status:0\r\n")]);
    origin.script({
      answer: () =>
        Buffer.concat([
          Buffer.from(
            `HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: ${frames.length}\r\n\r\n`,
          ),
          frames,
        ]),
    });
    const call = `POST /pkg.Service/Call HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/grpc-web+proto\r\nX-Grpc-Web: 1\r\nContent-Length: 6\r\n\r\n\0\0\0\0\x01*`;
    const { final } = await sendRaw(edge.port, call);
    expect(final?.body.equals(frames)).toBe(true);
    expect(origin.arrivals[0]?.body).toEqual(Buffer.from([0, 0, 0, 0, 1, 42]));
  });

  it("adds no `Via`, for which many servers stop compressing, and keeps the client's", async () => {
    await sendRaw(edge.port, get("/", "Accept-Encoding: gzip\r\n"));
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "via")).toEqual([]);
    await sendRaw(edge.port, get("/", "Via: 1.0 office\r\n"));
    expect(valuesOf(origin.arrivals[1]?.fields ?? [], "via")).toEqual(["1.0 office"]);
  });

  it("joins `Cookie` lines without taking a value apart", async () => {
    await sendRaw(
      edge.port,
      get("/", 'Cookie: list=1, 2, 3; json={"a": 1, "b": 2}\r\nCookie: q="x, y=1"\r\n'),
    );
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "cookie")).toEqual([
      'list=1, 2, 3; json={"a": 1, "b": 2}; q="x, y=1"',
    ]);
  });
});

describe("an origin that fails", () => {
  const REQUEST_ID = /^[0-9a-f-]{36}$/;

  it.each([
    ["hangs up", 502, "origin_unreachable", undefined],
    ["talks nonsense", 502, "origin_unreachable", Buffer.from("SSH-2.0-OpenSSH\r\n")],
  ])("that %s is a %i, told and logged by one id", async (_, status, code, bytes) => {
    origin.script({ answer: () => bytes, close: true });
    const { final } = await sendRaw(edge.port, get("/gone"));
    await expectFailure(final, status, code);
  });

  it("that begins no answer in time is a 504", async () => {
    origin.script({ take: (socket) => once(socket, "close").then(() => undefined) });
    const { final } = await sendRaw(edge.port, get("/slow"));
    await expectFailure(final, 504, "origin_timeout");
  });

  it("shows a person a page, with the id that is in the log", async () => {
    origin.script({ answer: () => undefined });
    const { final } = await sendRaw(
      edge.port,
      get("/page", "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"),
    );
    const id = valuesOf(final?.fields ?? [], "sallyport-request-id")[0] ?? "";
    expect(valuesOf(final?.fields ?? [], "content-type")).toEqual(["text/html; charset=utf-8"]);
    expect(valuesOf(final?.fields ?? [], "cache-control")).toEqual(["no-store"]);
    expect(final?.body.toString()).toContain(id);
    await expect.poll(() => edge.log().some((line) => line.includes(id))).toBe(true);
  });

  it.each([
    ["a large upload", `Content-Length: ${LARGE_BYTES}\r\n\r\nsome`],
    ["a small one", "Content-Length: 5\r\n\r\nsome"],
    ["one of unknown length", "Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n"],
  ])("is not blamed for a client that breaks off %s: 499 in the log", async (_, rest) => {
    const before = edge.log().length;
    const arrived = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    origin.script({
      take: async (_socket, reader) => {
        let received = "";
        for (let bytes = await reader.some(); bytes.length > 0; bytes = await reader.some()) {
          received += bytes.toString();
          arrived.resolve();
        }
        ended.resolve(received);
      },
    });
    const { socket } = await openRaw(edge.port);
    socket.write(`POST /upload HTTP/1.1\r\nHost: ${host}\r\n${rest}`);
    await arrived.promise;
    socket.destroy();
    // Its connection ends, and no last chunk makes half a body look whole.
    expect(await ended.promise).toMatch(/^(?:4\r\n)?some(?:\r\n)?$/);
    await expect.poll(() => reasonsSince(before), { timeout: 5_000 }).toEqual(["client_gone"]);
  });

  it("is let go, and not blamed, when the client leaves before the answer: 499 in the log", async () => {
    const before = edge.log().length;
    const arrived = Promise.withResolvers<Socket>();
    origin.script({
      take: async (socket) => {
        arrived.resolve(socket);
        await once(socket, "close");
      },
    });
    const { socket } = await openRaw(edge.port);
    socket.write(get("/leaving"));
    const server = await arrived.promise;
    // Nobody listens before this: every request would pay for it (forward.ts).
    await sleep(100);
    socket.resetAndDestroy();
    await once(server, "close");
    await expect.poll(() => reasonsSince(before)).toEqual(["client_gone"]);
  });

  it("has answered a client that leaves afterwards: nothing in the log", async () => {
    const before = edge.log().length;
    const begun = Promise.withResolvers<Socket>();
    origin.script({
      take: async (socket) => {
        await sleep(100);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        begun.resolve(socket);
        await once(socket, "close");
      },
    });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(get("/answered"));
    const server = await begun.promise;
    await skipHead(reader);
    socket.resetAndDestroy();
    await once(server, "close");
    // What comes after it in the log is there, so it would be too.
    origin.script({ answer: () => undefined });
    await sendRaw(edge.port, get("/gone"));
    await expect.poll(() => reasonsSince(before)).toEqual(["origin_unreachable"]);
  });

  it("has all the time of its deadline, however slowly a small body comes", async () => {
    origin.script({ answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") });
    const { socket, reader } = await openRaw(edge.port);
    socket.write(`POST /slowly HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\n\r\nsome`);
    await sleep(TIMEOUT_MS * 1.5);
    socket.write("!");
    expect(statusOf((await readAnswer(reader, false)).final)).toBe(200);
    socket.destroy();
  });

  it("cuts the client's connection when its own breaks in the middle of a body", async () => {
    origin.script({
      answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
      close: true,
    });
    const { final } = await sendRaw(edge.port, get("/half"));
    expect([final?.body.toString(), final?.complete]).toEqual(["half", false]);
  });

  /** Why the gateway made answers of its own, as its log says. */
  const reasonsSince = (line: number) =>
    edge
      .log()
      .slice(line)
      .flatMap((text) => /"reason":"(\w+)"/.exec(text)?.[1] ?? []);

  async function expectFailure(
    final: Awaited<ReturnType<typeof sendRaw>>["final"],
    status: number,
    code: string,
  ): Promise<void> {
    expect(statusOf(final)).toBe(status);
    expect(valuesOf(final?.fields ?? [], "content-type")).toEqual(["application/problem+json"]);
    expect(valuesOf(final?.fields ?? [], "cache-control")).toEqual(["no-store"]);
    const id = valuesOf(final?.fields ?? [], "sallyport-request-id")[0] ?? "";
    expect(id).toMatch(REQUEST_ID);
    // The gateway made this document.
    const problem = JSON.parse(final?.body.toString() ?? "") as Record<string, unknown>;
    expect(problem).toMatchObject({ status, code, instance: `urn:uuid:${id}` });
    await expect.poll(() => edge.log().find((line) => line.includes(id))).toContain(`"reason":"${code}"`);
  }
});

describe("WebSockets", () => {
  let sockets: WebSocketServer;
  let socketEdge: Edge;

  beforeAll(async () => {
    sockets = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
    });
    sockets.on("connection", (socket) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.on("close", (code, reason) => sockets.emit("closed", code, reason.toString()));
    });
    await once(sockets, "listening");
    const address = sockets.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    socketEdge = await startEdge({ origin: `http://127.0.0.1:${port}` });
  });

  afterAll(async () => {
    await socketEdge.stop();
    sockets.close();
  });

  const opened = async (protocols: string[]) => {
    const socket = new WebSocket(socketEdge.url.replace("http", "ws"), protocols);
    await once(socket, "open");
    return socket;
  };

  it("agree on the subprotocol that the origin chose, and carry text and bytes", async () => {
    const socket = await opened(["chat.v1", "chat.v2"]);
    expect(socket.protocol).toBe("chat.v2");
    socket.send("h\u00e9llo");
    const [text, isBinary] = await once(socket, "message");
    expect([String(text), isBinary]).toEqual(["h\u00e9llo", false]);
    const bytes = Buffer.alloc(300_000, 9);
    socket.send(bytes);
    const [echoed] = await once(socket, "message");
    expect(bytes.equals(echoed)).toBe(true);
    socket.close();
    await once(socket, "close");
  });

  it("close with the code and reason that either side gave", async () => {
    const byClient = await opened(["chat.v2"]);
    const seen = once(sockets, "closed");
    byClient.close(4001, "signing off");
    expect(await seen).toEqual([4001, "signing off"]);

    const byOrigin = await opened(["chat.v2"]);
    const closed = once(byOrigin, "close");
    for (const client of sockets.clients) {
      client.close(4010, "maintenance");
    }
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4010, "maintenance"]);
  });

  it("that the origin refuses get the origin's answer", async () => {
    origin.script({
      answer: () => Buffer.from("HTTP/1.1 403 Forbidden\r\nX-Why: full\r\nContent-Length: 2\r\n\r\nno"),
    });
    const { final } = await sendRaw(
      edge.port,
      get(
        "/socket",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
      ),
    );
    expect([statusOf(final), valuesOf(final?.fields ?? [], "x-why"), final?.body.toString()]).toEqual([
      403,
      ["full"],
      "no",
    ]);
  });
});

/** Writes a body of 100 MB at the speed of whoever reads it. */
async function pour(socket: Socket, piece: Buffer): Promise<void> {
  for (let written = 0; written < LARGE_BYTES; written += piece.length) {
    if (!socket.write(piece)) {
      await once(socket, "drain");
    }
  }
}

async function skipHead(reader: ByteReader): Promise<void> {
  for (let line = await reader.line(); line !== undefined && line !== ""; line = await reader.line()) {
    // Only the body is of interest.
  }
}

/** A deadline can only be shown not to apply by waiting longer. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
