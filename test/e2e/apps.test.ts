import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { Server } from "socket.io";
import { afterEach, describe, expect, test } from "vitest";
import { startApp } from "../support/app.ts";
import { startEdge, type Edge, type EdgeOptions } from "../support/edge.ts";
import { newVisitor, useStage } from "./stage.ts";

/** Apps that know nothing of Sallyport, each behind a gateway of its own, as a person uses them. */
let stops: (() => Promise<unknown>)[] = [];

useStage();

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});

async function edgeBefore(options: EdgeOptions): Promise<Edge> {
  const edge = await startEdge(options);
  stops.push(() => edge.stop());
  return edge;
}

async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `sallyport-${name}-`));
  stops.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A browser that has signed in at this gateway. */
async function signedIn(edge: Edge): Promise<BrowserContext> {
  const context = await newVisitor();
  const pair = await edge.sessionCookie();
  const equals = pair.indexOf("=");
  // Browsers keep `__Host-` cookies only of secure addresses, but send them to this machine's own.
  const url = edge.url.replace("http:", "https:");
  await context.addCookies([
    { name: pair.slice(0, equals), value: pair.slice(equals + 1), url, secure: true },
  ]);
  return context;
}

/** Fails with what the page itself complains about. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

describe("a single-page app with its API", () => {
  const TIDDLYWIKI = "tiddlywiki/tiddlywiki.js";
  /** What its own `--init server` writes, as far as it matters. */
  const WIKI = JSON.stringify({
    plugins: ["tiddlywiki/tiddlyweb", "tiddlywiki/filesystem"],
    themes: ["tiddlywiki/vanilla", "tiddlywiki/snowwhite"],
  });
  /** Everyone reads; writing needs a sign-in. */
  const policy = {
    version: 1,
    default: { require: "sign-in" },
    routes: [{ id: "read", match: { methods: ["GET"], path: "/*" }, require: "nothing" }],
  };

  test("is written by who is signed in, and read by everyone", async () => {
    const folder = await temporaryFolder("wiki");
    await writeFile(join(folder, "tiddlywiki.info"), WIKI);
    const app = await startApp(TIDDLYWIKI, (port) => ({
      args: [folder, "--listen", "host=127.0.0.1", `port=${port}`],
    }));
    stops.push(() => app.stop());
    const edge = await edgeBefore({ origin: app.url, policy });

    const page = await (await signedIn(edge)).newPage();
    const complaints = complaintsOf(page);
    await page.goto(edge.url);
    await page.getByRole("button", { name: "new tiddler" }).first().click();
    await page.locator("input.tc-titlebar").fill("Menu caf\u00e9/bar");
    await page
      .frameLocator("iframe.tc-edit-texteditor-body")
      .locator("textarea")
      .fill("Espresso, ''strong''");
    const saved = page.waitForResponse(
      (answer) => answer.request().method() === "PUT" && answer.url().endsWith("/Menu%20caf%C3%A9%2Fbar"),
    );
    await page.getByRole("button", { name: "Confirm changes to this tiddler" }).click();
    expect((await saved).status()).toBe(204);
    await page.getByRole("heading", { name: "Menu caf\u00e9/bar" }).waitFor();

    const reader = await (await newVisitor()).newPage();
    await reader.goto(`${edge.url}/#Menu%20caf%C3%A9%2Fbar`);
    await reader.getByText("Espresso, strong").waitFor();
    expect(await reader.getByText("strong", { exact: true }).evaluate(({ tagName }) => tagName)).toBe(
      "STRONG",
    );
    expect(complaints).toEqual([]);
  });
});

describe("a server-rendered app", () => {
  test("is walked through by its links, with its redirects, forms of names and pictures", async () => {
    const folder = await temporaryFolder("pages");
    await mkdir(join(folder, "a folder"));
    await Promise.all([
      writeFile(
        join(folder, "about.html"),
        "<!doctype html><title>About</title><h1>About us</h1><img src='/dot.svg' alt='dot'>",
      ),
      writeFile(join(folder, "dot.svg"), "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='7'/>"),
      writeFile(join(folder, "a folder", "n\u00f6te & more.txt"), "hello there"),
    ]);
    const app = await startApp("serve/build/main.js", (port) => ({
      args: [folder, "--listen", `tcp://127.0.0.1:${port}`, "--no-clipboard", "--no-request-logging"],
    }));
    stops.push(() => app.stop());
    const edge = await edgeBefore({ origin: app.url });

    const page = await (await newVisitor()).newPage();
    await page.goto(edge.url);
    await page.getByRole("link", { name: "a folder" }).click();
    await page.getByRole("link", { name: "n\u00f6te & more.txt" }).click();
    await page.getByText("hello there").waitFor();
    await page.goBack();
    await page.goto(`${edge.url}/about.html`);
    expect(page.url()).toBe(`${edge.url}/about`);
    await page.getByRole("heading", { name: "About us" }).waitFor();
    const width = await page.getByRole("img", { name: "dot" }).evaluate(({ clientWidth }) => clientWidth);
    expect(width).toBe(7);
  });
});

describe("a WebSocket-heavy app", () => {
  const CHAT = `<!doctype html><title>Chat</title><p id="by"></p><ul id="said"></ul>
    <form><input aria-label="Say"><button>Send</button></form>
    <script src="/socket.io/socket.io.js"></script><script>
      const socket = io();
      const by = () => { document.querySelector("#by").textContent = socket.io.engine.transport.name; };
      socket.on("connect", () => { by(); socket.io.engine.on("upgrade", by); });
      socket.on("said", (text) => {
        document.querySelector("#said").append(Object.assign(document.createElement("li"), { textContent: text }));
      });
      document.querySelector("form").onsubmit = (event) => {
        event.preventDefault();
        socket.emit("say", document.querySelector("input").value);
      };
    </script>`;

  test("shows everyone what each one says, over a WebSocket, and nothing to who is not signed in", async () => {
    const http = createServer((_request, response) =>
      response.setHeader("Content-Type", "text/html").end(CHAT),
    );
    const app = new Server(http);
    app.on("connection", (socket) => socket.on("say", (text: string) => app.emit("said", text)));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    stops.push(() => app.close());
    // A server that listens on TCP has an address object.
    const { port } = http.address() as AddressInfo;
    const edge = await edgeBefore({
      origin: `http://127.0.0.1:${port}`,
      policy: { version: 1, default: { require: "sign-in" }, routes: [] },
    });

    const pages = await Promise.all(
      [1, 2].map(async () => {
        const page = await (await signedIn(edge)).newPage();
        await page.goto(edge.url);
        await page.getByText("websocket", { exact: true }).waitFor();
        return page;
      }),
    );
    for (const [at, page] of pages.entries()) {
      await page.getByLabel("Say").fill(`gr\u00fc\u00dfe ${at}`);
      await page.getByRole("button", { name: "Send" }).click();
      await Promise.all(pages.map((seen) => seen.getByText(`gr\u00fc\u00dfe ${at}`).waitFor()));
    }

    const stranger = await (await newVisitor()).newPage();
    const refused = await stranger.request.get(`${edge.url}/socket.io/?EIO=4&transport=polling`);
    expect(refused.status()).toBe(401);
  });
});
