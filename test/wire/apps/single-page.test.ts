import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runApp, startApp, type App } from "../../support/app.ts";
import { startEdge, type Edge } from "../../support/edge.ts";
import { sendRaw, statusOf } from "../../support/raw-client.ts";

const TIDDLYWIKI = "tiddlywiki/tiddlywiki.js";

/** A wiki that is one page of some megabytes, and saves by its own API. Everyone reads; writing needs a sign-in. */
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [{ id: "read", match: { methods: ["GET"], path: "/*" }, require: "nothing" }],
};

let folder: string;
let app: App;
let edge: Edge;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-wiki-"));
  await runApp(TIDDLYWIKI, [folder, "--init", "server"]);
  app = await startApp(TIDDLYWIKI, (port) => ({
    args: [folder, "--listen", "host=127.0.0.1", `port=${port}`, "use-browser-cache=yes"],
  }));
  edge = await startEdge({ origin: app.url, policy: POLICY });
  token = await edge.issuer.token();
});

afterAll(async () => {
  await edge.stop();
  await app.stop();
  await rm(folder, { recursive: true });
});

const TIDDLER = "/recipes/default/tiddlers/Caf%C3%A9%2FMenu";

/** What the wiki's own script sends when a page is saved. */
const save = (text: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(edge.url + TIDDLER, {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-Requested-With": "TiddlyWiki", ...headers },
    body: JSON.stringify({ title: "Caf\u00e9/Menu", text, type: "text/vnd.tiddlywiki" }),
  });

describe("a single-page app with its API", () => {
  it("is the same page, byte for byte", async () => {
    const [direct, through] = await Promise.all([fetch(app.url), fetch(edge.url)]);
    const [expected, received] = await Promise.all([direct.arrayBuffer(), through.arrayBuffer()]);
    expect(received.byteLength).toBeGreaterThan(1_000_000);
    expect(Buffer.from(received).equals(Buffer.from(expected))).toBe(true);
    expect(through.headers.get("etag")).toMatch(/^"/);
    expect(through.headers.get("etag")).toBe(direct.headers.get("etag"));
    expect(through.headers.get("content-type")).toBe(direct.headers.get("content-type"));
  });

  it("is not sent again to who has it", async () => {
    const etag = (await fetch(edge.url)).headers.get("etag") ?? "";
    // Not by `fetch`, which adds `Cache-Control: no-cache` to a conditional request.
    const { final } = await sendRaw(
      edge.port,
      `GET / HTTP/1.1\r\nHost: ${new URL(edge.url).host}\r\nIf-None-Match: ${etag}\r\n\r\n`,
    );
    expect([statusOf(final), final?.body.length]).toEqual([304, 0]);
  });

  it("saves, reads and deletes through its API, for who is signed in", async () => {
    expect((await save("Espresso")).status).toBe(401);
    const saved = await save("Espresso", { Authorization: `Bearer ${token}` });
    expect(saved.status).toBe(204);
    expect(saved.headers.get("etag")).toMatch(/default\/Caf%C3%A9%2FMenu\//);

    const read = await fetch(edge.url + TIDDLER);
    expect(await read.json()).toMatchObject({ title: "Caf\u00e9/Menu", text: "Espresso" });
    const list = (await (await fetch(`${edge.url}/recipes/default/tiddlers.json`)).json()) as {
      title: string;
    }[]; // the wiki's own format
    expect(list.map(({ title }) => title)).toContain("Caf\u00e9/Menu");

    const remove = (headers: Readonly<Record<string, string>>) =>
      fetch(`${edge.url}/bags/default/tiddlers/Caf%C3%A9%2FMenu`, {
        method: "DELETE",
        headers: { "X-Requested-With": "TiddlyWiki", ...headers },
      });
    expect((await remove({})).status).toBe(401);
    expect((await remove({ Authorization: `Bearer ${token}` })).status).toBe(204);
    expect((await fetch(edge.url + TIDDLER)).status).toBe(404);
  });
});
