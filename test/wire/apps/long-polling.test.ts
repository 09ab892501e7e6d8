import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";

/** Begins by long polling and moves on to a WebSocket, as most real-time libraries do. */
const http = createServer();
const app = new Server(http, { pingInterval: 500, pingTimeout: 2_000 });
let edge: Edge;
let sockets: Socket[] = [];

beforeAll(async () => {
  app.on("connection", (socket) => {
    socket.on("say", (text: string, acknowledge: (text: string) => void) => {
      app.emit("said", text);
      acknowledge(`heard ${text}`);
    });
    socket.on("bytes", (bytes: Buffer, acknowledge: (bytes: Buffer) => void) => acknowledge(bytes));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  // A server that listens on TCP has an address object.
  edge = await startEdge({ origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
});

afterEach(() => {
  for (const socket of sockets) {
    socket.disconnect();
  }
  sockets = [];
});

afterAll(async () => {
  await edge.stop();
  await app.close();
});

async function join(transports: ("polling" | "websocket")[]): Promise<Socket> {
  const socket = io(edge.url, { transports, forceNew: true });
  sockets.push(socket);
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve);
  });
  return socket;
}

describe("a real-time app", () => {
  it.each([
    ["long polling", ["polling"]],
    ["a WebSocket", ["websocket"]],
    ["long polling, then a WebSocket", ["polling", "websocket"]],
  ] as const)("talks over %s", async (_, transports) => {
    const [speaker, listener] = await Promise.all([join([...transports]), join([...transports])]);
    const said = new Promise<unknown>((resolve) => {
      listener.once("said", resolve);
    });
    expect(await speaker.emitWithAck("say", "hello")).toBe("heard hello");
    expect(await said).toBe("hello");
    const bytes = Buffer.alloc(50_000, 3);
    expect(bytes.equals(Buffer.from(await speaker.emitWithAck("bytes", bytes)))).toBe(true);
    const last = transports.at(-1);
    await expect.poll(() => speaker.io.engine.transport.name).toBe(last);
  });

  it("stays connected over more than one heartbeat", async () => {
    const socket = await join(["polling"]);
    const { id } = socket;
    let heartbeats = 0;
    socket.io.on("ping", () => {
      heartbeats += 1;
    });
    await expect.poll(() => heartbeats, { timeout: 5_000 }).toBeGreaterThan(2);
    expect([socket.connected, socket.id]).toEqual([true, id]);
  });
});
