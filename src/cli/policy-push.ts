import { writeFile } from "node:fs/promises";
import { UsageProblem, type Command } from "./command.ts";
import { readOptions } from "./options.ts";
import { report } from "./policy-check.ts";
import { readPolicyFile } from "./policy-file.ts";
import { localStore, wranglerStore } from "./policy-store.ts";
import { findingsOf } from "../policy/findings.ts";
import { policyVersion } from "../policy/source.ts";

const POLL_MS = 500;
/** KV needs about a minute to be seen everywhere. */
const WAIT_MS = 180_000;

const pushHelp = `Puts a policy in force without a deployment. It is checked first: errors are not pushed.

Usage: sallyport policy push [FILE] [options] [-- WRANGLER ARGUMENTS]

  FILE           the policy (default policy.json)
  --shadow       run it in shadow beside the one in force: judged and recorded, never enforced
  --local URL    to a running local world, at the address that "npm start" prints as "Policies";
                 left out, to the KV namespace POLICY of wrangler.toml, by wrangler
  --wait URL     wait until the gateway at this address says that the version is in force
  --json         for programs

What follows -- goes to wrangler as it is, such as: -- --env production

Exit code: 0 pushed (and seen), 1 the policy has errors, or was not seen in three minutes,
2 it could not be pushed.`;

/** `sallyport policy push`. */
export const push: Command = {
  summary: "puts a policy in force without a deployment",
  help: pushHelp,
  async run(args) {
    const { own, passed } = split(args);
    const kinds = { shadow: "flag", local: "text", wait: "text" } as const;
    const { options, positionals } = readOptions(own, kinds, ["FILE"], 0);
    if (options.wait !== undefined && options.shadow) {
      throw new UsageProblem("--wait cannot see a policy in shadow");
    }
    const file = await readPolicyFile(positionals[0] ?? "policy.json");
    const checked = report(file);
    if (file.policy === null || findingsOf(file.policy).some(({ severity }) => severity === "error")) {
      return checked;
    }
    const store = options.local === undefined ? wranglerStore(passed) : localStore(options.local);
    await store.put(keyOf(options.shadow), file.file, file.text);
    const { version } = file;
    const isSeen = options.wait === undefined ? null : await seen(options.wait, version);
    const where = options.shadow ? "in shadow" : "";
    const said = {
      null: `Pushed ${file.file} ${where}, version ${version}. It is in force within seconds where it is read, and everywhere in about a minute.`,
      true: `Pushed ${file.file}, version ${version}. It is in force at ${options.wait}.`,
      false: `Pushed ${file.file}, version ${version}, but ${options.wait} does not say so yet.`,
    }[`${isSeen}`];
    return {
      code: isSeen === false ? 1 : 0,
      text: said.replace(" ,", ","),
      json: { file: file.file, version, shadow: options.shadow, seen: isSeen },
    };
  },
};

const pullHelp = `Fetches the policy that was pushed.

Usage: sallyport policy pull [options] [-- WRANGLER ARGUMENTS]

  --shadow         the one in shadow
  --local URL      from a running local world
  --output FILE    write it there; left out, it is printed
  --json           for programs

Exit code: 0, 1 none was pushed (the bundled one is in force), 2 it could not be fetched.`;

/** `sallyport policy pull`. */
export const pull: Command = {
  summary: "fetches the policy that was pushed",
  help: pullHelp,
  async run(args) {
    const { own, passed } = split(args);
    const kinds = { shadow: "flag", local: "text", output: "text" } as const;
    const { options } = readOptions(own, kinds, []);
    const store = options.local === undefined ? wranglerStore(passed) : localStore(options.local);
    const text = await store.get(keyOf(options.shadow));
    if (text === null) {
      return { code: 1, text: "None was pushed.", json: { pushed: false } };
    }
    const version = await policyVersion(text);
    if (options.output === undefined) {
      return { code: 0, text, json: { pushed: true, version, text } };
    }
    await writeFile(options.output, text);
    const said = `Wrote ${options.output}, version ${version}.`;
    return { code: 0, text: said, json: { pushed: true, version, output: options.output } };
  },
};

function split(args: readonly string[]): {
  readonly own: readonly string[];
  readonly passed: readonly string[];
} {
  const end = args.indexOf("--");
  return end === -1 ? { own: args, passed: [] } : { own: args.slice(0, end), passed: args.slice(end + 1) };
}

function keyOf(isShadow: boolean): string {
  return isShadow ? "policy-shadow" : "policy";
}

/** Whether the gateway says in time that a version is in force. */
async function seen(gateway: string, version: string): Promise<boolean> {
  const deadlineMs = Date.now() + WAIT_MS;
  const health = new URL("/.sallyport/health", gateway);
  while (Date.now() < deadlineMs) {
    try {
      const answer: unknown = await (await fetch(health, { redirect: "manual" })).json();
      if (typeof answer === "object" && answer !== null && "policy" in answer && answer.policy === version) {
        return true;
      }
    } catch {
      // not up, or not JSON: asked again until the time is over
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return false;
}
