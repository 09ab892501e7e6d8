import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startPolicyStore, type RunningPolicyStore } from "../../../workers/local/policy-store.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command in the repository's folder. */
function sallyport(...args: readonly string[]): Promise<Ran> {
  return new Promise((done) => {
    execFile(process.execPath, ["src/cli/main.ts", ...args], { cwd: ROOT }, (error, out, err) => {
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const documentOf = (...routes: readonly string[]) =>
  `{\n  "version": 1, // first\n  "default": { "require": "sign-in" },\n  "routes": [\n    ${routes.join(",\n    ")}\n  ]\n}\n`;

describe("sallyport", () => {
  it("explains itself, and each command", async () => {
    const help = await sallyport("--help");
    expect([help.code, help.err]).toEqual([0, ""]);
    for (const name of ["check", "explain", "test", "diff", "push", "pull"]) {
      expect(help.out).toContain(`policy ${name}`);
      const own = await sallyport("policy", name, "--help");
      expect([
        own.code,
        own.out.includes(`Usage: sallyport policy ${name}`),
        own.out.includes("Exit code"),
      ]).toEqual([0, true, true]);
    }
  });

  it("tells of one room what is in that room, and of no other", async () => {
    for (const [args, code] of [
      [["policy", "--help"], 0],
      [["policy"], 2],
    ] as const) {
      const help = await sallyport(...args);
      expect([help.code, help.out]).toEqual([
        code,
        expect.stringContaining("Usage: sallyport policy COMMAND"),
      ]);
      expect(help.out.match(/^ {2}\S+/gm)).toEqual(Array.from({ length: 6 }, () => "  policy"));
    }
    const sessions = await sallyport("sessions", "--help");
    expect(sessions.out.match(/^ {2}\S+ \S+/gm)).toEqual(["  sessions list", "  sessions revoke"]);
  });

  it.each([
    [["policy", "chekc"], 'There is no command "policy chekc".'],
    [["policy", "check", "nowhere.json"], "The file nowhere.json cannot be read."],
    [["policy", "explain", "GET"], "URL is missing."],
    [["policy", "test"], "FILE is missing."],
    [["policy", "check", "a", "b"], '"b" is one argument too many.'],
    [["policy", "check", "--oops"], "Unknown option '--oops'."],
    [["policy", "push", "--shadow", "--wait", "http://127.0.0.1:1"], "--wait cannot see a policy in shadow."],
    [
      ["policy", "push", "--local", "http://127.0.0.1:1"],
      'http://127.0.0.1:1 does not answer; "npm start" prints the address as "Policies".',
    ],
  ])("%j is used wrongly: exit code 2 and one sentence", async (args, sentence) => {
    const ran = await sallyport(...args);
    expect([ran.code, ran.out]).toEqual([2, ""]);
    expect(ran.err.startsWith(sentence), ran.err).toBe(true);
    const json = await sallyport(...args, "--json");
    expect(JSON.parse(json.err)).toEqual({ error: sentence });
  });

  it("is there by npx and in the scripts", async () => {
    const npm = (...args: readonly string[]) =>
      new Promise<Ran>((done) => {
        const env = {
          ...process.env,
          PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
        };
        execFile("npm", [...args], { cwd: ROOT, env }, (error, out, err) =>
          done({ code: error === null ? 0 : 1, out, err }),
        );
      });
    for (const args of [
      ["exec", "--", "sallyport", "policy", "check"],
      ["run", "--silent", "policy", "--", "check"],
    ]) {
      const ran = await npm(...args);
      expect(ran.out, ran.err).toContain("policy.json is valid");
    }
  });
});

describe("policy check", () => {
  it("finds nothing wrong with what is in this repository", async () => {
    for (const name of [
      "policy.json",
      "examples/bank.jsonc",
      "examples/shop.jsonc",
      "examples/clinic.jsonc",
      "examples/saas.jsonc",
    ]) {
      const { code, out } = await sallyport("policy", "check", name);
      expect([name, code], out).toEqual([name, 0]);
    }
  });

  it("names line, column and a fix", async () => {
    const bad = await file(
      "bad.jsonc",
      documentOf(
        '{ "id": "a", "match": { "path": "/a" }, "require": "nothing", "shaddow": true }',
        '{ "id": "b", "match": { "methods": ["POST"], "path": "/b" }, "require": "step-up" }',
      ),
    );
    const { code, out } = await sallyport("policy", "check", bad);
    expect(code).toBe(1);
    expect(out).toContain(`${bad}:5:67 error: "shaddow" is not a known key here.\n    Did you mean shadow?`);
    expect(out).toContain(`${bad}:6:5 error: "action" is missing.\n    Add it.`);
    const broken = await sallyport(
      "policy",
      "check",
      await file("broken.jsonc", '{\n  "version": 1,\n  oops\n}'),
      "--json",
    );
    expect(JSON.parse(broken.out)).toMatchObject({
      valid: false,
      findings: [{ line: 3, column: 3, severity: "error" }],
    });
  });

  it("finds routes that nothing reaches, routes that hide stricter ones, and what is reached with less", async () => {
    const odd = await file(
      "odd.jsonc",
      documentOf(
        '{ "id": "all", "match": { "path": "/a/*" }, "require": "nothing" }',
        '{ "id": "never", "match": { "path": "/a/b" }, "require": "deny" }',
        '{ "id": "some", "match": { "path": "/:x/open" }, "require": "nothing" }',
        '{ "id": "hidden", "match": { "path": "/b/:y" }, "require": "deny" }',
        '{ "id": "pay", "match": { "methods": ["POST"], "path": "/pay" }, "require": "step-up", "action": "pay", "attributes": { "country": { "from": "query", "name": "c", "type": "string" } } }',
      ),
    );
    const { code, out } = await sallyport("policy", "check", odd, "--json");
    // The documented shape of the answer.
    const { findings } = JSON.parse(out) as {
      findings: { severity: string; message: string; line: number }[];
    };
    expect(code).toBe(1);
    expect(
      findings.map(({ severity, line, message }) => [
        severity,
        line,
        message.split(" ").slice(0, 4).join(" "),
      ]),
    ).toEqual([
      ["error", 6, "Route never is never"],
      ["warning", 8, "Route some (nothing) comes"],
      ["note", 9, "Route pay shows the"],
      ["warning", 9, "The attribute country hides"],
    ]);
  });
});

describe("policy explain", () => {
  it("says which route under which reading, why, and what would be sent", async () => {
    const body = await file("body.txt", "payee=Marina&amount=1500");
    const { code, out } = await sallyport("policy", "explain", "POST", "/Transfer%2f", "--body", body);
    expect(code).toBe(0);
    for (const part of [
      "step-up transfer",
      "when the path is read as /Transfer",
      "/Transfer (any case)  ->  step-up transfer, by transfer",
      '"fresh": "always-ask"',
      '"amount": 1500',
      "Amount: £1,500.00",
      '"unenrolled": "enroll"',
    ]) {
      expect(out).toContain(part);
    }
    const json = await sallyport("policy", "explain", "POST", "/transfer", "--body", body, "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      decision: "step-up transfer",
      route: "transfer",
      attributes: { payee: "Marina", amount: 1500 },
    });
  });

  it("takes a user and headers into account", async () => {
    const user = await file("user.json", '{ "groups": ["guests"] } // somebody');
    const saas = ["--policy", "examples/saas.jsonc"];
    const { out } = await sallyport("policy", "explain", "GET", "/admin", ...saas, "--as", user);
    expect(out).toContain("refused not_permitted");
    const typed = await sallyport(
      "policy",
      "explain",
      "POST",
      "/orders",
      "--policy",
      "examples/shop.jsonc",
      "--header",
      "Content-Type: text/plain",
    );
    expect(typed.out).toContain("refused unsupported_content_type");
  });
});

describe("policy test", () => {
  it.each(["bank", "shop", "clinic", "saas"])(
    "the example of the %s decides as its table says",
    async (name) => {
      const { code, out } = await sallyport("policy", "test", `examples/${name}.test.jsonc`);
      expect([code, out]).toEqual([0, expect.stringMatching(/^\d+ as expected, 0 not\.\n$/)]);
    },
  );

  it("says what is not as expected, and why", async () => {
    const table = await file(
      "table.jsonc",
      '{ "cases": [ { "request": "GET /", "expect": "nothing" }, { "request": "GET /", "as": "nobody", "expect": "sign-in" } ] }',
    );
    const { code, out } = await sallyport("policy", "test", table, "--policy", "policy.json");
    expect(code).toBe(1);
    expect(out).toBe(
      "GET /: expected nothing, got sign-in\n    No route matches, so the default decides.\nGET /: there is no user nobody\n    No route matches, so the default decides.\n0 as expected, 2 not.\n",
    );
  });
});

describe("policy diff", () => {
  it("names the requests that are decided differently", async () => {
    const older = await file(
      "old.jsonc",
      documentOf(
        '{ "id": "pay", "match": { "methods": ["POST"], "path": "/pay/:id" }, "require": "step-up", "action": "pay" }',
      ),
    );
    const newer = await file(
      "new.jsonc",
      documentOf(
        '{ "id": "pay", "match": { "methods": ["POST"], "path": "/pay/:id" }, "require": "sign-in" }',
      ),
    );
    expect(await sallyport("policy", "diff", older, older)).toMatchObject({ code: 0 });
    const { code, out } = await sallyport("policy", "diff", older, newer);
    expect([code, out]).toEqual([
      1,
      "POST /pay/1\n    step-up pay  ->  sign-in\n2 requests compared, 1 decided differently.\n",
    ]);
    const log = await file("log.txt", 'POST /pay/17\n"POST /pay/18 HTTP/1.1" 200\nGET /home\n');
    const listed = await sallyport("policy", "diff", older, newer, "--requests", log, "--json");
    expect(JSON.parse(listed.out)).toMatchObject({
      compared: 5,
      differences: [{ request: "POST /pay/17" }, { request: "POST /pay/18" }, { request: "POST /pay/1" }],
    });
  });
});

describe("policy push and pull", () => {
  const stored = new Map<string, string>();
  let store: RunningPolicyStore;
  let gateway: Server;
  let gatewayUrl: string;

  beforeAll(async () => {
    store = await startPolicyStore({
      port: 0,
      policies: {
        get: async (key) => stored.get(key) ?? null,
        put: async (key, text) => void stored.set(key, text),
        delete: async (key) => void stored.delete(key),
      },
    });
    gateway = createServer();
    await new Promise<void>((listening) => {
      gateway.listen(0, "127.0.0.1", listening);
    });
    const address = gateway.address();
    gatewayUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  });
  afterAll(async () => {
    gateway.close();
    await store.close();
  });

  it("puts a policy, and one in shadow, where the local world reads it, and fetches it again", async () => {
    const text = documentOf();
    const policy = await file("push.jsonc", text);
    expect((await sallyport("policy", "pull", "--local", store.url)).code).toBe(1);
    const pushed = await sallyport("policy", "push", policy, "--local", store.url, "--json");
    expect([pushed.code, stored.get("policy")]).toEqual([0, text]);
    expect((await sallyport("policy", "push", policy, "--shadow", "--local", store.url)).code).toBe(0);
    expect(stored.get("policy-shadow")).toBe(text);
    const output = join(folder, "pulled.jsonc");
    expect((await sallyport("policy", "pull", "--local", store.url, "--output", output)).code).toBe(0);
    expect(await readFile(output, "utf8")).toBe(text);
  });

  it("does not push what is wrong", async () => {
    stored.clear();
    const { code } = await sallyport("policy", "push", await file("wrong.jsonc", "{}"), "--local", store.url);
    expect([code, stored.size]).toEqual([1, 0]);
  });

  it("waits until the gateway says the version", async () => {
    const policy = await file("wait.jsonc", documentOf());
    // The documented shape of the answer.
    const { version: own } = JSON.parse((await sallyport("policy", "check", policy, "--json")).out) as {
      version: string;
    };
    let asked = 0;
    gateway.on("request", (_request, response) => {
      asked += 1;
      response.end(JSON.stringify({ policy: asked < 3 ? "another" : own }));
    });
    const { code, out } = await sallyport(
      "policy",
      "push",
      policy,
      "--local",
      store.url,
      "--wait",
      gatewayUrl,
    );
    expect([code, asked]).toEqual([0, 3]);
    expect(out).toContain(`It is in force at ${gatewayUrl}.`);
  });

  it("goes through wrangler to KV, and comes back the same", { timeout: 120_000 }, async () => {
    vi.stubEnv("WRANGLER_LOG", "none"); // as in surroundings that want it quiet
    const policy = await file("kv.jsonc", documentOf());
    const where = ["--", "--local", "--persist-to", join(folder, "kv")];
    expect(await sallyport("policy", "push", policy, ...where)).toMatchObject({ code: 0 });
    const { code, out } = await sallyport("policy", "pull", ...where);
    expect([code, out.trimEnd()]).toEqual([0, documentOf().trimEnd()]);
    vi.unstubAllEnvs();
  });
});
