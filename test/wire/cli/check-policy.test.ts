import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ROOT } from "../../../workers/local/build.ts";

const execute = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-policy-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function check() {
  return execute(process.execPath, [join(ROOT, "scripts/check-policy.ts")], { cwd: folder });
}

it("what both Workers are bundled by fails on a policy that does not pass its checks, and says why", async () => {
  await writeFile(join(folder, "policy.json"), '{ "version": 1, "routes": [] }');
  await expect(check()).rejects.toMatchObject({
    code: 1,
    stderr: 'policy.json default: "default" is missing.\n',
  });
  await expect(readFile(join(folder, "policy.checked.json"))).rejects.toThrow("ENOENT");
});

it("and writes a good one down, as it is and with its defaults", async () => {
  const policy = { version: 1, default: { require: "deny" }, routes: [] };
  await writeFile(join(folder, "policy.json"), JSON.stringify(policy));
  await check();
  expect(JSON.parse(await readFile(join(folder, "policy.checked.json"), "utf8"))).toEqual({
    written: policy,
    document: { ...policy, shadow: false, reactions: [] },
  });
});

it.each(["wrangler.toml", "workers/webhooks/wrangler.toml"])(
  "%s runs it before it bundles",
  async (config) => {
    const text = await readFile(join(ROOT, config), "utf8");
    expect(text).toMatch(/^\[build\]\ncommand = "npm run -s policy:bundle"$/m);
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect(scripts["policy:bundle"]).toBe("node scripts/check-policy.ts");
  },
);
