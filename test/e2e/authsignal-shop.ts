import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, vi } from "vitest";
import type { AuthsignalOptions } from "../../workers/local/authsignal/start.ts";
import { newestCode, seedUser, startWorld, TENANT_ID } from "../wire/local/authsignal/harness.ts";
import type { World } from "../wire/local/authsignal/harness.ts";
import { scene } from "./stage.ts";

const PATIENCE_MS = 15_000;

/** A shop on a site of its own, whose pages load the real browser SDK; and the stand-in it talks to. */
export interface Stage {
  readonly world: World;
  /** `http://shop.localhost:PORT`. */
  readonly shopUrl: string;
  /** A browser of its own for one test; it fails when a page asks anything of another machine. */
  newVisitor(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page of the shop, with `authsignal` ready. */
  newShopper(options?: BrowserContextOptions): Promise<Page>;
  /** Tracks an action whose every method is allowed. */
  track(username: string, attributes?: Attributes, action?: string): ReturnType<World["sdk"]["track"]>;
  /** What the server would be told about a token. */
  validate(token: string | null | undefined): ReturnType<World["sdk"]["validateChallenge"]>;
}

type Attributes = NonNullable<Parameters<World["sdk"]["track"]>[0]["attributes"]>;

/** Prepares a test file: the stand-in, the shop and the browser; and a clean stand-in for each test. */
export function useShop(options: (shopUrl: string) => Partial<AuthsignalOptions> = () => ({})): Stage {
  let server: Server;
  let browser: Browser;
  let world: World;
  let shopUrl = "";

  beforeAll(async () => {
    const sdk = await readFile(createRequire(import.meta.url).resolve("@authsignal/browser"), "utf8");
    server = createServer((request, response) => {
      const isScript = request.url === "/authsignal.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? sdk : shopPage(world.standIn.publicUrl));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    // A server that listens on TCP has an address object.
    shopUrl = `http://shop.localhost:${(server.address() as AddressInfo).port}`;
    world = await startWorld(options(shopUrl));
    browser = await chromium.connect(scene.browser);
  });
  afterAll(async () => {
    await browser.close();
    await world.standIn.close();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  beforeEach(async () => {
    await fetch(`${world.standIn.url}/control/reset`, { method: "POST" });
  });

  async function newVisitor(contextOptions: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext(contextOptions);
    context.setDefaultTimeout(PATIENCE_MS);
    const strangers: string[] = [];
    context.on("request", (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol !== "data:" && hostname !== "127.0.0.1" && !hostname.endsWith(".localhost")) {
        strangers.push(request.url());
      }
    });
    onTestFinished(async () => {
      await context.close();
      expect(strangers).toEqual([]);
    });
    return context;
  }

  return {
    get world() {
      return world;
    },
    get shopUrl() {
      return shopUrl;
    },
    newVisitor,
    async newShopper(contextOptions) {
      const page = await (await newVisitor(contextOptions)).newPage();
      await page.goto(shopUrl);
      await page.waitForFunction("window.authsignal !== undefined");
      return page;
    },
    track: (username, attributes = {}, action = "free") =>
      world.sdk.track({
        userId: seedUser(username).sub,
        action,
        attributes: { redirectUrl: `${shopUrl}/back?cart=7`, ...attributes },
      }),
    validate: (token) => world.sdk.validateChallenge({ token: token ?? "" }),
  };
}

/** Makes every CHALLENGE of an action need these methods. */
export async function challengeAlways(
  { world }: Stage,
  action: string,
  verificationMethods: string[],
): Promise<void> {
  const answer = await fetch(`${world.standIn.url}/control/actions/${action}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ defaultOutcome: "CHALLENGE", verificationMethods }),
  });
  expect(answer.status).toBe(200);
}

/** The code that was just asked for, as soon as it was sent. */
export function sentCode({ world }: Stage, to: string): Promise<string> {
  return vi.waitFor(() => newestCode(world, to));
}

/** Waits until the browser is back in the shop; the token that came along. */
export async function tokenInShop({ shopUrl }: Stage, page: Page): Promise<string | null> {
  await page.waitForURL(`${shopUrl}/back**`);
  const { searchParams } = new URL(page.url());
  expect(searchParams.get("cart")).toBe("7");
  return searchParams.get("token");
}

/** Gives the browser a fingerprint reader that always says yes. */
export async function addVirtualAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

function shopPage(publicUrl: string): string {
  return `<!doctype html>
    <html lang="en">
      <head>
        <title>Shop</title>
        <script type="module">
          import { Authsignal } from "/authsignal.js";
          window.heard = [];
          addEventListener("message", ({ data }) => window.heard.push(data));
          window.authsignal = new Authsignal({ tenantId: "${TENANT_ID}", baseUrl: "${publicUrl}/v1" });
        </script>
      </head>
      <body>
        <h1>Shop</h1>
      </body>
    </html>`;
}
