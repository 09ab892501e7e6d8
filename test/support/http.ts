import { request as openRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";

/** An answer as it came over the socket, its body read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What is sent: unlike with `fetch`, every header is the test's own and no redirect is followed. */
export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The request target in place of the URL's own. */
  readonly target?: string;
}

/** Names below `.localhost` lead to this machine in browsers, but not in Node. */
export function reachable(url: string | URL): URL {
  const reached = new URL(url);
  if (reached.hostname.endsWith(".localhost")) {
    reached.hostname = "127.0.0.1";
  }
  return reached;
}

/** Opens a request and gives the head of its answer; the body is the caller's to read. */
export function open(url: string | URL, sending: Sending = {}): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, body, target } = sending;
  const reached = reachable(url);
  return new Promise((resolve, reject) => {
    const request = openRequest({
      host: reached.hostname,
      port: reached.port,
      method,
      path: target ?? reached.pathname + reached.search,
      headers: { Host: new URL(url).host, ...headers },
    });
    request.once("error", reject);
    request.once("response", resolve);
    request.end(body);
  });
}

/** Sends one request over a socket and reads the answer. */
export async function send(url: string | URL, sending: Sending = {}): Promise<Answer> {
  const message = await open(url, sending);
  const body = await buffer(message);
  return { status: message.statusCode ?? 0, headers: headersOf(message), text: body.toString("utf8") };
}

/** All headers of an answer, repeated ones included. */
export function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers();
  const raw = message.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  }
  return headers;
}

/** Sends bytes as they are and gives everything that comes back until the other side closes. */
export function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = reachable(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes, "latin1"));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("error", reject);
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}

/** The status line's number in an answer that came as bytes; 0 when there was none. */
export function statusOf(bytes: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(bytes)?.[1] ?? 0);
}
