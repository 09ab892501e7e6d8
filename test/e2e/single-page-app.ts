import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { TENANT_ID } from "../wire/local/authsignal/harness.ts";
import { startOrigin, type Arrival, type Origin } from "../support/origin.ts";
import { resetAuthsignal, startWatchedWorld, type WatchedWorld } from "../support/watched-world.ts";
import { newVisitor, useStage } from "./stage.ts";

/** The named examples of docs/programs.md, which are scripts of an app. */
export const EXAMPLES: ReadonlyMap<string, string> = new Map(
  [...readFileSync("docs/programs.md", "utf8").matchAll(/^```js (\w+)\n([^]*?)^```/gm)].map(
    ([, name = "", code = ""]) => [name, code],
  ),
);

const ATTRIBUTES = (from: string) => ({
  amount: { from, name: "amount", type: "number", required: true },
  payee: { from, name: "payee", type: "string" },
});
const SUMMARY = [
  { label: "Amount", attribute: "amount", prefix: "£", decimals: 2 },
  { label: "To", attribute: "payee" },
];
const route = (id: string, path: string, more: object) => ({
  id,
  match: { methods: ["POST"], path },
  require: "step-up",
  action: "transfer",
  ...more,
});

/** What the app's sensitive routes need: one for JSON and forms, one for multipart, one whose check is good for a while. */
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    route("transfer", "/transfer", { attributes: ATTRIBUTES("body"), summary: SUMMARY }),
    route("payments", "/payments", { attributes: ATTRIBUTES("multipart"), summary: SUMMARY }),
    route("settings", "/settings", { action: "settings", fresh: "5m" }),
  ],
};

/** A single-page app of the test's own behind the gateway, with a strict content security policy. */
export interface SinglePageApp {
  readonly world: WatchedWorld;
  /** What reached the app, pages and scripts left out. */
  readonly posts: () => readonly Arrival[];
  /** A page of the app whose script is an example of the docs, or one that gives the page a `stepUp`. */
  open(example: string, user: { readonly username: string; readonly password: string }): Promise<Page>;
}

/** Prepares a test file. */
export function useSinglePageApp(): SinglePageApp {
  let origin: Origin;
  let world: WatchedWorld;
  let folder: string;
  useStage();
  beforeAll(async () => {
    const sdk = await readFile(createRequire(import.meta.url).resolve("@authsignal/browser"), "utf8");
    origin = await startOrigin();
    folder = await mkdtemp(join(tmpdir(), "sallyport-spa-"));
    await writeFile(join(folder, "policy.json"), JSON.stringify(POLICY));
    world = await startWatchedWorld({ origin: origin.url, policyFile: join(folder, "policy.json") });
    const files = filesOf(sdk, world.authsignal.publicUrl);
    origin.answerWith((request, response) => {
      request.resume();
      request.once("end", () => {
        const { pathname } = new URL(request.url ?? "", "http://app");
        const file = request.method === "POST" ? ["application/json", '{"done":true}'] : files(pathname);
        response.setHeader("content-type", file[0] ?? "");
        response.setHeader(
          "content-security-policy",
          `default-src 'none'; script-src 'self'; connect-src 'self' ${world.authsignal.publicUrl}; base-uri 'none'`,
        );
        response.end(file[1]);
      });
    });
  });
  beforeEach(() => resetAuthsignal(world));
  afterAll(async () => {
    await world.close();
    await origin.close();
    await rm(folder, { recursive: true });
  });

  return {
    get world() {
      return world;
    },
    posts: () => origin.arrivals().filter(({ method }) => method === "POST"),
    async open(example, user) {
      const page = await (await newVisitor()).newPage();
      await page.goto(`${world.appUrl}/?${example}#here`);
      await page.getByLabel("Username").fill(user.username);
      await page.getByLabel("Password").fill(user.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(`${world.appUrl}/**`);
      await page.goto(`${world.appUrl}/?${example}#here`);
      await page.locator("body[data-ready]").waitFor();
      return page;
    },
  };
}

/** The app's files. The page loads the script that its query names. */
function filesOf(sdk: string, authsignalUrl: string): (path: string) => readonly [string, string] {
  const script = (text: string) => ["text/javascript", text] as const;
  return (path) => {
    const name = /^\/examples\/(\w+)\.js$/.exec(path)?.[1] ?? "";
    if (path === "/start.js") {
      return script(`
        globalThis.authsignalOptions = { tenantId: "${TENANT_ID}", baseUrl: "${authsignalUrl}/v1" };
        import("/examples/" + location.search.slice(1) + ".js").then(() => (document.body.dataset.ready = ""));
      `);
    }
    if (name === "bare") {
      return script('import * as client from "/.sallyport/client.js"; Object.assign(globalThis, client);');
    }
    if (EXAMPLES.has(name)) {
      return script(EXAMPLES.get(name) ?? "");
    }
    return path === "/authsignal.js" ? script(sdk) : ["text/html", PAGE];
  };
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>An app</title>
    <script type="module" src="/start.js"></script>
  </head>
  <body>
    <h1>An app</h1>
    <button id="pay">Send £1,500</button>
    <button id="confirm" hidden></button>
    <p id="status" role="status"></p>
    <dialog>
      <form method="dialog"><label>Code <input /></label><button value="verify">Verify it</button></form>
    </dialog>
  </body>
</html>`;
