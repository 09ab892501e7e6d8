import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../build.ts";

/** Where the bundles are. */
export const LAMBDA_FOLDER = join(ROOT, "dist/lambda");

/** The triggers by the names of their bundles. Those that ask Authsignal hold its secret; the others hold none. */
export const TRIGGERS = [
  { name: "define-auth-challenge", asksAuthsignal: false },
  { name: "create-auth-challenge", asksAuthsignal: true },
  { name: "verify-auth-challenge-response", asksAuthsignal: true },
  { name: "pre-sign-up", asksAuthsignal: false },
  { name: "post-authentication", asksAuthsignal: true },
  { name: "pre-token-generation", asksAuthsignal: true },
] as const;
export type TriggerBundle = (typeof TRIGGERS)[number]["name"];

/** The file that Lambda loads for a trigger; its handler is `index.handler`. */
export function bundleOf(name: TriggerBundle): string {
  return join(LAMBDA_FOLDER, name, "index.mjs");
}

/** A finished bundle. */
export interface Bundle {
  readonly name: TriggerBundle;
  readonly path: string;
  readonly bytes: number;
  /** What it does not contain and asks its runtime for. */
  readonly imports: readonly string[];
}

/**
 * Bundles every trigger into one file of its own for Node 22 and 24, with everything it needs in it. The SDK's HTTP
 * client is bundled as for a browser: it then asks by `fetch`, which Node has, and leaves its own network stack out.
 * A finished bundle takes the place of the one before in one step: nobody ever loads half a bundle.
 */
export function buildLambdas(): Promise<readonly Bundle[]> {
  return Promise.all(
    TRIGGERS.map(async ({ name }) => {
      const path = bundleOf(name);
      const { contents, imports } = await bundle(name);
      const own = `${path}.${process.pid}.${performance.now()}`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(own, contents);
      await rename(own, path);
      return { name, path, bytes: contents.length, imports };
    }),
  );
}

async function bundle(name: TriggerBundle): Promise<{ contents: Uint8Array; imports: string[] }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`workers/triggers/${name}.ts`],
    outfile: "index.mjs",
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    legalComments: "none",
    format: "esm",
    platform: "browser",
    external: ["node:*", "crypto"],
    target: "node22",
    logLevel: "error",
  });
  const [file] = outputFiles;
  if (file === undefined) {
    throw new Error(`there is no bundle of ${name}`);
  }
  const outputs = Object.values(metafile.outputs);
  return {
    contents: file.contents,
    imports: outputs.flatMap(({ imports }) => imports.map((one) => one.path)),
  };
}
