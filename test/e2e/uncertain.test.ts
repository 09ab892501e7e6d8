import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../../workers/local/world.ts";
import { person, seeHeading } from "./people.ts";
import { newVisitor, useStage } from "./stage.ts";

/** An app whose first answer to a transfer never arrives: the connection closes after the request was read. */
interface FragileApp {
  readonly url: string;
  readonly transfers: readonly { readonly key: string | undefined; readonly body: string }[];
  close(): Promise<void>;
}

const FORM = `<!doctype html><title>Fragile</title><h1>Pay</h1><form method="post" action="/transfer">
  <input name="payee" value="Marina Holt"><input name="amount" value="1500"><button>Pay</button></form>`;

useStage();
let app: FragileApp;
let world: World;
beforeAll(async () => {
  app = await startFragileApp();
  world = await startWorld({ port: 0, origin: app.url });
});
afterAll(async () => {
  await world.close();
  await app.close();
});

test("when the connection breaks on the way, the page says so, and sending again carries the same key", async () => {
  const page = await (await newVisitor()).newPage();
  await payAndConfirm(page);
  await seeHeading(page, "We cannot tell whether this was done");
  expect(app.transfers).toHaveLength(1);

  await page.reload();
  await seeHeading(page, "We cannot tell whether this was done");
  expect(app.transfers).toHaveLength(1);

  await page.getByRole("button", { name: "It was not done: send again" }).click();
  await seeHeading(page, "Paid");
  expect(app.transfers).toHaveLength(2);
  const [first, second] = app.transfers;
  expect(first?.key).toMatch(/^[0-9a-f-]{36}$/);
  expect(second).toEqual(first);
  expect(new URLSearchParams(second?.body).get("amount")).toBe("1500");

  await page.goBack();
  await page.waitForLoadState();
  expect(app.transfers).toHaveLength(2);
});

async function payAndConfirm(page: Page): Promise<void> {
  const alice = person("alice");
  await page.goto(`${world.appUrl}/transfer`);
  await page.getByLabel("Username").fill(alice.username);
  await page.getByLabel("Password").fill(alice.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Pay" }).click();
  await page.getByRole("link", { name: "Continue to the check" }).click();
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").waitFor();
  const inbox = await fetch(`${world.authsignal.url}/control/inbox?to=${alice.email}`);
  const [message] = (await inbox.json()) as { code: string }[]; // the stand-in's documented shape
  await page.getByLabel("Code").fill(message?.code ?? "");
  await page.getByRole("button", { name: "Verify" }).click();
}

async function startFragileApp(): Promise<FragileApp> {
  const transfers: { key: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    if (request.method !== "POST") {
      response.setHeader("Content-Type", "text/html").end(FORM);
      return;
    }
    void readText(request).then((body) => {
      transfers.push({ key: request.headers["idempotency-key"]?.toString(), body });
      if (transfers.length === 1) {
        request.socket.destroy();
      } else {
        response
          .setHeader("Content-Type", "text/html")
          .end("<!doctype html><title>Paid</title><h1>Paid</h1>");
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, transfers, close: () => closeServer(server) };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString("utf8");
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
