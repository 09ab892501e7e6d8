import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** One request as the origin received it. */
export interface Arrival {
  readonly method: string;
  /** The raw request target. */
  readonly url: string;
  /** Names in lower case; values of a repeated name joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Grows while the body arrives. */
  readonly body: () => string;
  /** Header names as on the wire. */
  readonly names: readonly string[];
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An app of the test's own, which writes down whatever reaches it. */
export interface Origin {
  readonly url: string;
  readonly arrivals: () => readonly Arrival[];
  /** Forgets what has arrived, and answers 200 `ok` to everything again. */
  clear(): void;
  /** The texts that came by WebSocket. */
  readonly messages: () => readonly string[];
  /** How the next of its WebSockets is closed. */
  nextClose(): Promise<{ readonly code: number; readonly reason: string }>;
  /** Breaks every WebSocket without a close frame. */
  breakSockets(): void;
  /** Answers like this from now on. */
  answerWith(handler: Handler): void;
  close(): Promise<void>;
}

const answerOk: Handler = (request, response) => {
  request.resume();
  request.once("end", () => response.end("ok"));
};

/** Starts the app; its WebSockets echo what they get, and close with the code that `close <code>` names. */
export async function startOrigin(): Promise<Origin> {
  let arrivals: Arrival[] = [];
  let handler = answerOk;
  const note = (request: IncomingMessage) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.pause();
    arrivals.push({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: Object.fromEntries(
        Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(",")]),
      ),
      names: request.rawHeaders.filter((_, index) => index % 2 === 0),
      body: () => Buffer.concat(chunks).toString("utf8"),
    });
  };
  const server = createServer((request, response) => {
    note(request);
    handler(request, response);
  });
  const sockets = new WebSocketServer({ server });
  let messages: string[] = [];
  let closes: ((how: { code: number; reason: string }) => void)[] = [];
  sockets.on("connection", (socket, request) => {
    note(request);
    socket.on("close", (code, reason) => {
      for (const tell of closes) {
        tell({ code, reason: reason.toString() });
      }
      closes = [];
    });
    socket.on("message", (data, isBinary) => {
      const text = data instanceof Buffer && !isBinary ? data.toString() : "";
      messages.push(text);
      const code = /^close (\d+)$/.exec(text)?.[1];
      if (code === undefined) {
        socket.send(data, { binary: isBinary });
      } else {
        socket.close(Number(code), "as asked");
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals: () => arrivals,
    messages: () => messages,
    nextClose: () =>
      new Promise((resolve) => {
        closes.push(resolve);
      }),
    breakSockets() {
      for (const socket of sockets.clients) {
        socket.terminate();
      }
    },
    clear() {
      arrivals = [];
      messages = [];
      handler = answerOk;
    },
    answerWith(next) {
      handler = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) {
          socket.terminate();
        }
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
