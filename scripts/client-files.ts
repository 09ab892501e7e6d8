import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const SOURCE = "src/client/index.ts";
/** Browsers of the last three years. */
const TARGET = "es2023";

/** Writes every file that is made of `src/client`. */
export async function writeFiles(): Promise<void> {
  for (const [path, text] of await clientFiles()) {
    await writeFile(join(ROOT, path), text);
  }
}

/**
 * What is made of `src/client`, by path: the ES module of the package with its types, and the same module minified, as
 * the text that the gateway serves.
 */
export async function clientFiles(): Promise<ReadonlyMap<string, string>> {
  const readable = await bundle(false);
  const served = `/** \`src/client\`, minified: made by \`npm run client\`. */\nexport const CLIENT_SCRIPT =\n  ${JSON.stringify(await bundle(true))};\n`;
  const folder = await mkdtemp(join(tmpdir(), "sallyport-client-"));
  try {
    execFileSync(
      join(ROOT, "node_modules/.bin/tsc"),
      ["-p", "src/client", "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", folder],
      { cwd: ROOT },
    );
    const files: [string, string][] = [
      ["client/index.js", `// Made of src/client by \`npm run client\`.\n${readable}`],
      ["src/http/client-script.ts", served],
    ];
    for (const name of ["index.d.ts", "api.d.ts"]) {
      files.push([
        `client/${name}`,
        (await readFile(join(folder, name), "utf8")).replaceAll('./api.ts"', './api.js"'),
      ]);
    }
    return new Map(files);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bundle(minify: boolean): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [SOURCE],
    bundle: true,
    format: "esm",
    target: TARGET,
    minify,
    write: false,
    legalComments: "none",
  });
  return outputFiles.map(({ text }) => text).join("");
}
