import { build } from "esbuild";
import { serveWorker, type Workerd } from "../workerd.ts";

/** Bundles `NAME-worker.ts` beside this and serves it on the same workerd as the gateway. */
export async function serveBundled(
  name: string,
  settings: Readonly<Record<string, string>>,
  folder: string,
): Promise<Workerd> {
  const { outputFiles } = await build({
    entryPoints: [new URL(`${name}-worker.ts`, import.meta.url).pathname],
    bundle: true,
    format: "esm",
    target: "esnext",
    write: false,
  });
  return serveWorker({ name, script: outputFiles[0]?.text ?? "", settings, hasBindings: false }, folder);
}
