import { once } from "node:events";
import { gzipSync, createGunzip, constants, createGzip } from "node:zlib";
import { request, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startEdge, type Edge } from "../../support/edge.ts";
import { startOrigin, type Origin } from "../../support/origin.ts";

/** How long after a session ended its connections may still be open (design, Budgets). */
const BOUND_MS = 1_000;

let origin: Origin;
let edge: Edge;
let sockets: WebSocket[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  edge = await startEdge({
    origin: origin.url,
    policy: {
      version: 1,
      default: { require: "sign-in" },
      routes: [
        { id: "live", match: { path: "/live/*" }, require: "sign-in", revocable: true },
        { id: "public", match: { path: "/public" }, require: "nothing" },
      ],
    },
  });
});

beforeEach(() => origin.clear());

afterEach(() => {
  for (const socket of sockets) {
    socket.terminate();
  }
  sockets = [];
});

afterAll(async () => {
  await edge.stop();
  await origin.close();
});

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function open(
  path: string,
  headers: Readonly<Record<string, string>>,
  protocols: string[] = [],
): Promise<WebSocket> {
  const socket = new WebSocket(edge.url.replace("http", "ws") + path, protocols, { headers });
  sockets.push(socket);
  await once(socket, "open");
  return socket;
}

/** When and how a socket closes. */
async function closing(socket: WebSocket): Promise<{ code: number; reason: string; atMs: number }> {
  // The arguments of this event (ws, "close").
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return { code, reason: reason.toString(), atMs: performance.now() };
}

async function echoed(socket: WebSocket, data: string | Buffer): Promise<[string | Buffer, boolean]> {
  socket.send(data);
  // The arguments of this event (ws, "message").
  const [answer, isBinary] = (await once(socket, "message")) as [Buffer, boolean];
  return [isBinary ? answer : answer.toString(), isBinary];
}

/** Ends the session of a proof, everywhere; gives the moment in which that was asked for. */
async function endSession(headers: Readonly<Record<string, string>>): Promise<number> {
  const askedAtMs = performance.now();
  const answer = await fetch(`${edge.url}/.sallyport/sign-out`, {
    method: "POST",
    headers,
    redirect: "manual",
  });
  expect(answer.status).toBe(303);
  return askedAtMs;
}

/** A stream as it comes. */
async function openStream(path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const sent = request(edge.url + path, { headers }).end();
  // The argument of this event (node:http, "response").
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return answer;
}

/** An app that sends an event whenever it is told to, and says when its reader has gone. */
function streamingApp(headers: Readonly<Record<string, string>> = { "Content-Type": "text/event-stream" }) {
  let response: ServerResponse | undefined;
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  origin.answerWith((_request, opened) => {
    response = opened;
    opened.writeHead(200, headers);
    opened.flushHeaders();
    opened.on("close", () => resolve());
  });
  return {
    send: (data: string | Buffer) => response?.write(data),
    end: () => response?.end(),
    break: () => response?.destroy(),
    gone,
  };
}

describe("a WebSocket on a revocable route", () => {
  it("carries text, bytes, large messages and the subprotocol", async () => {
    const socket = await open("/live/ws", bearer(await edge.issuer.token()), ["chat.v2", "chat"]);
    expect(socket.protocol).toBe("chat.v2");
    expect(await echoed(socket, "grüße")).toEqual(["grüße", false]);
    expect(await echoed(socket, Buffer.from([0, 255, 128]))).toEqual([Buffer.from([0, 255, 128]), true]);
    const large = Buffer.alloc(900_000, 7);
    expect((await echoed(socket, large))[0]).toEqual(large);
    expect(origin.arrivals().at(-1)?.headers["x-forwarded-user"]).toBeDefined();
  });

  it("hands on close codes and reasons both ways", async () => {
    const socket = await open("/live/ws", bearer(await edge.issuer.token()));
    const closed = closing(socket);
    socket.send("close 4001");
    expect(await closed).toMatchObject({ code: 4001, reason: "as asked" });
    for (const [code, reason] of [
      [4002, "bye"],
      [1000, ""],
      [undefined, undefined],
    ] as const) {
      const other = await open("/live/ws", bearer(await edge.issuer.token()));
      const ended = origin.nextClose();
      other.close(code, reason);
      expect(await ended).toEqual({ code: code ?? 1005, reason: reason ?? "" });
    }
  });

  it("tells one end that the other one broke", async () => {
    const socket = await open("/live/ws", bearer(await edge.issuer.token()));
    const ended = origin.nextClose();
    socket.terminate();
    expect((await ended).code).toBe(1011);
    const other = await open("/live/ws", bearer(await edge.issuer.token()));
    const closed = closing(other);
    origin.breakSockets();
    expect((await closed).code).toBe(1011);
  });

  it("is cut with 1008 at both ends within the bound when the session ends, and nothing is passed on after", async () => {
    const proof = bearer(await edge.issuer.token());
    const socket = await open("/live/ws", proof);
    await echoed(socket, "before");
    const closed = closing(socket);
    const ended = origin.nextClose();
    const askedAtMs = await endSession(proof);
    const { code, reason, atMs } = await closed;
    expect([code, reason]).toEqual([1008, "the session was ended"]);
    expect(atMs - askedAtMs).toBeLessThan(BOUND_MS);
    expect(await ended).toEqual({ code: 1008, reason: "the session was ended" });
    await expect
      .poll(() =>
        edge
          .log()
          .filter((line) => line.includes('"event":"cut"'))
          .at(-1),
      )
      .toContain('"reason":"revoked"');
  });

  it("is cut for whoever does not answer the close frame too", async () => {
    const token = await edge.issuer.token();
    const { connect } = await import("node:net");
    const raw = connect(edge.port, "127.0.0.1");
    raw.write(
      `GET /live/ws HTTP/1.1\r\nHost: 127.0.0.1:${edge.port}\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await once(raw, "data");
    const masked = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]); // text "hi"
    raw.write(masked);
    await once(raw, "data");
    const before = origin.messages().length;
    const ended = origin.nextClose();
    await endSession(bearer(token));
    await ended;
    raw.write(masked);
    const fresh = await open("/live/ws", bearer(await edge.issuer.token()));
    await echoed(fresh, "later");
    expect(origin.messages().slice(before)).toEqual(["later"]);
    raw.destroy();
  });

  it("stays open for the user's other sessions, and for other users", async () => {
    const [mine, other, foreign] = await Promise.all([
      edge.issuer.token(),
      edge.issuer.token(),
      edge.issuer.token("0d9f3c55-1b7a-4f63-8c1e-5a7b9e2d4c10"),
    ]);
    const cut = await open("/live/ws", bearer(mine));
    const [stays, foreignStays] = [
      await open("/live/ws", bearer(other)),
      await open("/live/ws", bearer(foreign)),
    ];
    const closed = closing(cut);
    await endSession(bearer(mine));
    await closed;
    expect(await echoed(stays, "still")).toEqual(["still", false]);
    expect(await echoed(foreignStays, "still")).toEqual(["still", false]);
  });

  it("is cut when the session ends of which a browser's cookie speaks", async () => {
    const Cookie = await edge.sessionCookie();
    const socket = await open("/live/ws", { Cookie, Origin: edge.url });
    const closed = closing(socket);
    await endSession({ Cookie, Origin: edge.url });
    expect((await closed).code).toBe(1008);
  });

  it("is cut when the token expires that opened it", async () => {
    const beganAtMs = performance.now();
    const socket = await open("/live/ws", bearer(await edge.issuer.token(undefined, 3)));
    const { code, reason, atMs } = await closing(socket);
    expect([code, reason]).toEqual([1008, "the token has expired"]);
    expect(atMs - beganAtMs).toBeGreaterThan(1_500);
    expect(atMs - beganAtMs).toBeLessThan(3_000 + BOUND_MS);
  });
});

describe("a WebSocket on any other route", () => {
  it("is passed through, and outlives its session", async () => {
    const proof = bearer(await edge.issuer.token());
    const marked = await open("/live/ws", proof);
    const socket = await open("/ws", proof);
    const closed = closing(marked);
    await endSession(proof);
    await closed;
    expect(await echoed(socket, "still")).toEqual(["still", false]);
  });
});

describe("an event stream on a revocable route", () => {
  it("passes each event as it is sent, and ends when the app ends it", async () => {
    const app = streamingApp();
    const stream = await openStream("/live/events", bearer(await edge.issuer.token()));
    expect(stream.headers["content-type"]).toBe("text/event-stream");
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      app.send(event);
      expect(String((await once(stream, "data"))[0])).toBe(event);
    }
    app.end();
    stream.resume();
    await once(stream, "end");
  });

  it.each([
    ["an event stream", "text/event-stream; charset=utf-8"],
    ["a stream of another kind", "application/x-ndjson"],
  ])("%s ends cleanly within the bound when the session ends, and the app is told", async (_, type) => {
    const app = streamingApp({ "Content-Type": type });
    const proof = bearer(await edge.issuer.token());
    const stream = await openStream("/live/events", proof);
    app.send("data: 1\n\n");
    await once(stream, "data");
    const ended = once(stream.resume(), "end");
    const askedAtMs = await endSession(proof);
    await ended;
    expect(performance.now() - askedAtMs).toBeLessThan(BOUND_MS);
    expect(stream.complete).toBe(true);
    await app.gone;
    const again = await openStream("/live/events", proof);
    expect(again.resume().statusCode).toBe(401);
  });

  it("ends when the token expires that opened it", async () => {
    const app = streamingApp();
    const stream = await openStream("/live/events", bearer(await edge.issuer.token(undefined, 3)));
    app.send("data: 1\n\n");
    await once(stream.resume(), "end");
    await app.gone;
  });

  it("breaks where the app's breaks, and is not made to look whole", async () => {
    const app = streamingApp();
    const stream = await openStream("/live/events", bearer(await edge.issuer.token()));
    app.send("data: half");
    await once(stream, "data");
    const ended = once(stream, "end").then(
      () => "whole",
      () => "broken",
    );
    app.break();
    expect(await ended).toBe("broken");
  });

  it("tells the app when its reader goes away", async () => {
    const app = streamingApp();
    const stream = await openStream("/live/events", bearer(await edge.issuer.token()));
    app.send("data: 1\n\n");
    await once(stream, "data");
    stream.destroy();
    app.send("data: 2\n\n");
    app.send("data: 3\n\n");
    await app.gone;
  });

  it("passes compressed events at once, in the app's own bytes", async () => {
    const app = streamingApp({ "Content-Type": "text/event-stream", "Content-Encoding": "gzip" });
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    gzip.on("data", (bytes: Buffer) => app.send(bytes));
    const stream = await openStream("/live/events", {
      ...bearer(await edge.issuer.token()),
      "Accept-Encoding": "gzip",
    });
    expect(stream.headers["content-encoding"]).toBe("gzip");
    const plain = stream.pipe(createGunzip());
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      gzip.write(event);
      expect(String((await once(plain, "data"))[0])).toBe(event);
    }
    stream.destroy();
  });
});

describe("an ordinary answer on a revocable route", () => {
  it("is left alone: length, compression, no body, errors", async () => {
    const body = gzipSync("hello");
    origin.answerWith((_request, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": body.length, ETag: '"1"' });
      response.end(body);
    });
    const proof = bearer(await edge.issuer.token());
    const answer = await openStream("/live/page", { ...proof, "Accept-Encoding": "gzip" });
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(answer, "end");
    expect([answer.headers["content-length"], answer.headers["etag"]]).toEqual([String(body.length), '"1"']);
    expect(Buffer.concat(chunks)).toEqual(body);
    for (const status of [204, 304, 500]) {
      origin.answerWith((_request, response) => {
        response.writeHead(status);
        response.end();
      });
      expect((await openStream("/live/page", proof)).resume().statusCode).toBe(status);
    }
  });
});
