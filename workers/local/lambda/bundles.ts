import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../build.ts";

/** Where the bundles are. */
export const LAMBDA_FOLDER = join(ROOT, "dist/lambda");

/** The triggers, by the name of their bundle, with what Cognito calls them in a pool's `LambdaConfig`. */
export const TRIGGERS = [
  { name: "define-auth-challenge", lambdaConfig: "DefineAuthChallenge" },
  { name: "create-auth-challenge", lambdaConfig: "CreateAuthChallenge" },
  { name: "verify-auth-challenge-response", lambdaConfig: "VerifyAuthChallengeResponse" },
  { name: "pre-sign-up", lambdaConfig: "PreSignUp" },
  { name: "post-authentication", lambdaConfig: "PostAuthentication" },
  { name: "pre-token-generation", lambdaConfig: "PreTokenGenerationConfig" },
] as const;
export type TriggerBundle = (typeof TRIGGERS)[number]["name"];

/** The file that Lambda loads for a trigger; its handler is `index.handler`. */
export function bundleOf(name: TriggerBundle): string {
  return join(LAMBDA_FOLDER, name, "index.mjs");
}

/**
 * Bundles every trigger into one file of its own for Node 22 and 24, with everything it needs in it. The SDK's HTTP
 * client is bundled as for a browser: it then asks by `fetch`, which Node has, and leaves its own network stack out.
 * A finished bundle takes the place of the one before in one step: nobody ever loads half a bundle.
 *
 * @returns the bundles with their sizes in bytes.
 */
export function buildLambdas(): Promise<readonly { name: TriggerBundle; path: string; bytes: number }[]> {
  return Promise.all(
    TRIGGERS.map(async ({ name }) => {
      const path = bundleOf(name);
      const bytes = await bundle(name);
      const own = `${path}.${process.pid}.${performance.now()}`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(own, bytes);
      await rename(own, path);
      return { name, path, bytes: bytes.length };
    }),
  );
}

async function bundle(name: TriggerBundle): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`workers/triggers/${name}.ts`],
    outfile: "index.mjs",
    write: false,
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
  return file.contents;
}
