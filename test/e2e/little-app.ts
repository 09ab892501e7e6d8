import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request as the app received it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly type: string | undefined;
  readonly body: Buffer;
}

/** An app of a few pages, as strict about scripts and forms as an app can be. */
export interface LittleApp {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

const POLICY =
  "default-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  svg: "image/svg+xml",
  csv: "text/csv",
};

/**
 * Starts it on a free port. `pages` are bodies of HTML by path, or whole files where the path has an ending; everything
 * else is answered with a page that says which request it was.
 */
export async function startLittleApp(pages: Readonly<Record<string, string>>): Promise<LittleApp> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    void buffer(request).then((body) => {
      received.push({ method, url, type: request.headers["content-type"], body });
      const [path = ""] = url.split("?");
      const ending = /\.([a-z]+)$/.exec(path)?.[1] ?? "";
      const type = TYPES[ending] ?? "text/html; charset=utf-8";
      const page =
        method === "GET" ? (pages[path] ?? `<h1>${method} ${path}</h1>`) : `<h1>Done: ${path}</h1>`;
      const text = type.startsWith("text/html")
        ? `<!doctype html><html lang="en"><title>App</title>${page}`
        : page;
      response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": POLICY }).end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
