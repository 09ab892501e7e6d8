import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { WebSocketServer } from "ws";

/** The body of every ordinary answer. */
export const OK_BODY = "ok";
/** Answers with the user that the gateway names, or nothing. */
export const WHO_PATH = "/who";
export const DOWNLOAD_PATH = "/download";
/** Takes a body of any length and answers with its number of bytes. */
export const UPLOAD_PATH = "/upload";
export const TRANSFER_BYTES = 100 * 1024 * 1024;

const CHUNK = Buffer.alloc(256 * 1024, "sallyport ");
/** Longer than a whole run: no measured request meets a closing connection. */
const KEEP_ALIVE_MS = 3_600_000;

function answer(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url) {
    case WHO_PATH:
      return answerText(response, String(request.headers["x-forwarded-user"] ?? ""));
    case DOWNLOAD_PATH:
      response.writeHead(200, {
        "Content-Type": "application/octet-stream",
        "Content-Length": TRANSFER_BYTES,
      });
      return sendChunks(response, TRANSFER_BYTES);
    case UPLOAD_PATH: {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on("end", () => answerText(response, String(bytes)));
      return undefined;
    }
    default:
      request.resume();
      return answerText(response, OK_BODY);
  }
}

function answerText(response: ServerResponse, text: string): void {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

function sendChunks(response: ServerResponse, bytes: number): void {
  let left = bytes;
  while (left > 0) {
    const chunk = CHUNK.subarray(0, Math.min(left, CHUNK.length));
    left -= chunk.length;
    if (!response.write(chunk) && left > 0) {
      const rest = left;
      response.once("drain", () => sendChunks(response, rest));
      return;
    }
  }
  response.end();
}

/** As a process of its own (child.ts): the app behind both Workers. Tells its parent the port. */
if (process.send !== undefined && import.meta.main) {
  process.once("disconnect", () => process.exit());
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, answer);
  // Every WebSocket is echoed.
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.({ port: typeof address === "object" ? address?.port : undefined });
  });
}
