import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApp, type App } from "../../support/app.ts";
import { startEdge, type Edge } from "../../support/edge.ts";
import { valuesOf } from "../../support/http1.ts";
import { sendRaw, statusOf } from "../../support/raw-client.ts";

/** A server that renders pages for a folder, redirects to clean addresses, compresses, and serves ranges. */
let folder: string;
let app: App;
let edge: Edge;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-pages-"));
  await mkdir(join(folder, "a folder"));
  await Promise.all([
    writeFile(join(folder, "a folder", "n\u00f6te & more.txt"), "hello"),
    writeFile(
      join(folder, "about.html"),
      `<!doctype html><title>About</title>${"<p>About us.</p>".repeat(500)}`,
    ),
    writeFile(join(folder, "large.bin"), Buffer.alloc(500_000, "0123456789")),
  ]);
  app = await startApp("serve/build/main.js", (port) => ({
    args: [folder, "--listen", `tcp://127.0.0.1:${port}`, "--no-clipboard", "--no-request-logging"],
  }));
  edge = await startEdge({ origin: app.url });
});

afterAll(async () => {
  await edge.stop();
  await app.stop();
  await rm(folder, { recursive: true });
});

/** The same request to the app and to the gateway in front of it. */
async function both(path: string, fields: readonly string[] = []) {
  const [direct, through] = await Promise.all(
    [app.url, edge.url].map((url) => {
      const { host, port } = new URL(url);
      const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...fields, "", ""];
      return sendRaw(Number(port), lines.join("\r\n")).then(({ final }) => final);
    }),
  );
  return { direct, through };
}

describe("a server-rendered app", () => {
  it.each([
    ["a page", "/about", [], 200],
    ["a listing", "/", [], 200],
    ["a listing of a folder with a space", "/a%20folder", [], 200],
    ["a file with odd letters in its name", "/a%20folder/n%C3%B6te%20%26%20more.txt", [], 200],
    ["a page that is not there", "/nowhere", ["Accept: text/html"], 404],
    ["a page, compressed", "/about", ["Accept-Encoding: gzip"], 200],
    ["a redirect to the clean address", "/about.html?x=1", [], 301],
    ["a part of a file", "/large.bin", ["Range: bytes=100-199"], 206],
    ["a part that is not there", "/large.bin", ["Range: bytes=900000-"], 416],
  ])("answers with the same bytes: %s", async (_, path, fields, status) => {
    const { direct, through } = await both(path, fields);
    expect([statusOf(direct), statusOf(through)]).toEqual([status, status]);
    expect(through?.body.equals(direct?.body ?? Buffer.alloc(0))).toBe(true);
    for (const name of ["content-type", "content-encoding", "content-range", "location", "etag", "vary"]) {
      expect([name, valuesOf(through?.fields ?? [], name)]).toEqual([
        name,
        valuesOf(direct?.fields ?? [], name),
      ]);
    }
  });

  it("is asked again only for what changed", async () => {
    const { through: first } = await both("/about");
    const etag = valuesOf(first?.fields ?? [], "etag")[0] ?? "";
    const { through } = await both("/about", [`If-None-Match: ${etag}`]);
    expect([statusOf(through), through?.body.length]).toEqual([304, 0]);
  });
});
