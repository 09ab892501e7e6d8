import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import { Doc } from "yjs";
import { startApp, type App } from "../../support/app.ts";
import { startEdge, type Edge } from "../../support/edge.ts";

/** The server of a collaborative editor: everything it does, it does over WebSockets. */
let app: App;
let edge: Edge;
let providers: WebsocketProvider[] = [];

beforeAll(async () => {
  app = await startApp("@y/websocket-server/src/server.js", (port) => ({
    env: { HOST: "127.0.0.1", PORT: String(port) },
  }));
  edge = await startEdge({
    origin: app.url,
    policy: { version: 1, default: { require: "sign-in" }, routes: [] },
  });
});

afterEach(() => {
  for (const provider of providers) {
    provider.destroy();
  }
  providers = [];
});

afterAll(async () => {
  await edge.stop();
  await app.stop();
});

/** A browser's WebSocket, with the cookie and the Origin that a browser would add. */
function socketOf(headers: Readonly<Record<string, string>>): typeof globalThis.WebSocket {
  class BrowserSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { headers });
    }
  }
  // `ws` has the browser's interface as far as the provider uses it.
  return BrowserSocket as unknown as typeof globalThis.WebSocket;
}

async function join(document: string): Promise<Doc> {
  const doc = new Doc();
  const provider = new WebsocketProvider(edge.url.replace("http", "ws"), document, doc, {
    WebSocketPolyfill: socketOf({ Cookie: await edge.sessionCookie(), Origin: edge.url }),
    disableBc: true,
  });
  providers.push(provider);
  if (!provider.synced) {
    await new Promise((resolve) => {
      provider.once("sync", resolve);
    });
  }
  return doc;
}

describe("a collaborative editor", () => {
  it("has the same text in every window, as each of them types", async () => {
    const [first, second, third] = await Promise.all([join("minutes"), join("minutes"), join("minutes")]);
    for (let line = 0; line < 50; line += 1) {
      first.getText("body").insert(0, `a${line} `);
      second.getText("body").insert(0, `b${line} `);
    }
    third.getText("body").insert(0, "x".repeat(200_000));
    await expect
      .poll(() => new Set([first, second, third].map((doc) => doc.getText("body").toJSON())).size, {
        timeout: 10_000,
      })
      .toBe(1);
    expect(first.getText("body").length).toBe(200_000 + 2 * (10 * 3 + 40 * 4));
  });

  it("knows who else is there, and when they leave", async () => {
    await Promise.all([join("presence"), join("presence")]);
    const [here, there] = providers;
    here?.awareness.setLocalStateField("user", { name: "Ada" });
    const names = () =>
      [...(there?.awareness.getStates().values() ?? [])].map((state) => JSON.stringify(state));
    await expect.poll(() => names().some((state) => state.includes("Ada"))).toBe(true);
    here?.destroy();
    await expect.poll(() => names().some((state) => state.includes("Ada"))).toBe(false);
  });

  it("is closed to who is not signed in, and to other sites' pages", async () => {
    const url = `${edge.url.replace("http", "ws")}/minutes`;
    for (const headers of [{}, { Cookie: await edge.sessionCookie(), Origin: "https://evil.example" }]) {
      const socket = new WebSocket(url, { headers });
      const [error] = await once(socket, "error");
      expect(String(error)).toMatch(/Unexpected server response: 40[13]/);
    }
  });
});
