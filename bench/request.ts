import { request as send, type Agent } from "node:http";

/** The public host: what a client's `Host` says to either Worker. */
export const PUBLIC_HOST = "app.localhost";

/** A header name and its value. */
export type Header = readonly [string, string];

/** What a client sends beside its proof: a program's usual few headers. */
const USUAL_HEADERS: readonly Header[] = [
  ["Host", PUBLIC_HOST],
  [
    "User-Agent",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
  ],
  ["Accept", "application/json"],
  ["Accept-Encoding", "gzip, br"],
  ["Accept-Language", "en-GB,en;q=0.8"],
];

/** A whole request on the wire; its body, where it has one, is ASCII. */
export function requestText(method: string, path: string, headers: readonly Header[], body = ""): string {
  const length: readonly Header[] = body === "" ? [] : [["Content-Length", String(body.length)]];
  const lines = [...USUAL_HEADERS, ...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** An answer, whole. */
export interface Asked {
  readonly status: number;
  readonly body: string;
}

/** Sends one GET, to see that a server does what the bench is about to measure. */
export function get(port: number, path: string, headers: readonly Header[]): Promise<Asked> {
  return ask(port, { method: "GET", path, headers, agent: false });
}

/** Sends one request and reads its answer to the end. */
export function ask(
  port: number,
  what: {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly Header[];
    readonly body?: string;
    readonly agent: Agent | false;
  },
): Promise<Asked> {
  const { method, path, body: sent = "", agent } = what;
  return new Promise((resolve, reject) => {
    const length: readonly Header[] =
      sent === "" ? [] : [["Content-Length", String(Buffer.byteLength(sent))]];
    const headers = Object.fromEntries([...USUAL_HEADERS, ...what.headers, ...length]);
    send({ method, port, host: "127.0.0.1", path, headers, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    })
      .on("error", reject)
      .end(sent);
  });
}
