import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { UsageProblem } from "./command.ts";

/** Where pushed policies are. */
export interface PolicyStore {
  put(key: string, file: string, text: string): Promise<void>;
  /** Null when there is none. */
  get(key: string): Promise<string | null>;
}

const execute = promisify(execFile);
const BINDING = "POLICY";
const TIMEOUT_MS = 120_000;

/**
 * The KV namespace, by wrangler, as the wrangler file of the current folder names it.
 *
 * @param passed arguments for wrangler; without one that says where, the deployed namespace is meant.
 */
export function wranglerStore(passed: readonly string[]): PolicyStore {
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
    "bin/wrangler.js",
  );
  const place = passed.some((argument) => /^--(?:local|remote|preview)$/.test(argument)) ? [] : ["--remote"];
  const run = async (args: readonly string[]) => {
    const all = [wrangler, "kv", "key", ...args, "--binding", BINDING, ...place, ...passed];
    try {
      // Its answer comes by its log, so whatever level the surroundings ask for is not for it.
      const env = { ...process.env, WRANGLER_LOG: "log", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
      return (await execute(process.execPath, all, { env, timeout: TIMEOUT_MS, maxBuffer: 32 * 1024 * 1024 }))
        .stdout;
    } catch (error) {
      const said =
        typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr).trim() : "";
      throw new UsageProblem(`wrangler could not do it.\n${said}`);
    }
  };
  return {
    async put(key, file) {
      await run(["put", key, "--path", file]);
    },
    async get(key) {
      const text = await run(["get", key, "--text"]);
      return text.trim() === "" || text.trim() === "Value not found" ? null : text;
    },
  };
}

/** The store of a running local world, at the address that it prints. */
export function localStore(url: string): PolicyStore {
  const ask = async (key: string, init?: RequestInit) => {
    try {
      return await fetch(new URL(`/${key}`, url), init ?? {});
    } catch {
      throw new UsageProblem(`${url} does not answer; "npm start" prints the address as "Policies"`);
    }
  };
  return {
    async put(key, _file, text) {
      const answer = await ask(key, { method: "PUT", body: text });
      if (!answer.ok) {
        throw new UsageProblem(`${url} refused the policy: ${await answer.text()}`);
      }
    },
    async get(key) {
      const answer = await ask(key);
      return answer.status === 404 ? null : answer.text();
    },
  };
}
