import { readFile } from "node:fs/promises";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../../workers/local/build.ts";

const ENTRY = "workers/gateway/index.ts";
const STUB = "src/authsignal/sdk-crypto.ts";

let inputs: Metafile["inputs"];
/** What is evaluated before the first request: reached from the entry by static imports. */
let eager: ReadonlySet<string>;

/** Bundled as wrangler does it, as far as the graph of modules goes. */
beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    outdir: "out",
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["cloudflare:*"],
    alias: { crypto: `./${STUB}` },
    metafile: true,
    logLevel: "silent",
  });
  ({ inputs } = metafile);
  eager = reachedStatically();
});

function reachedStatically(): Set<string> {
  const reached = new Set([ENTRY]);
  for (const path of reached) {
    for (const { path: next, kind, external } of inputs[path]?.imports ?? []) {
      if (kind !== "dynamic-import" && external !== true) {
        reached.add(next);
      }
    }
  }
  return reached;
}

describe("a cold start of the gateway", () => {
  it("evaluates one package alone: schemas, routers and SDKs come with the request that needs them", () => {
    const packages = [...eager].map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    expect(new Set(packages.filter((name) => name !== undefined))).toEqual(new Set(["jose"]));
  });

  it.each([
    "workers/gateway/own.ts",
    "workers/gateway/step-up.ts",
    "workers/gateway/resume.ts",
    "src/identity/managed-sign-in.ts",
    "src/policy/parse.ts",
    "src/authsignal/answers.ts",
    "src/cognito/sign-in.ts",
  ])("does not evaluate %s, which is in the bundle all the same", (room) => {
    expect(Object.keys(inputs)).toContain(room);
    expect([...eager]).not.toContain(room);
  });

  it("loads no module of the runtime's but its own classes", async () => {
    const outside = Object.values(inputs).flatMap(({ imports }) =>
      imports.filter(({ external, path }) => external && path !== "<runtime>").map(({ path }) => path),
    );
    // esbuild calls its own helpers <runtime>.
    expect(new Set(outside)).toEqual(new Set(["cloudflare:workers"]));
    expect(Object.keys(inputs)).toContain(STUB);
    // The alias of this test is wrangler's.
    expect(await readFile(`${ROOT}/wrangler.toml`, "utf8")).toContain(`[alias]\ncrypto = "./${STUB}"\n`);
  });
});
