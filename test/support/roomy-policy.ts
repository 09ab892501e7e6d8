import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../workers/local/build.ts";

/** The bundled policy with room for a whole suite's challenges of the same few people; gives the path of its file. */
export async function roomyPolicy(): Promise<string> {
  const policy = JSON.parse(await readFile(join(ROOT, "policy.json"), "utf8")) as {
    routes: { require: string; limits?: object }[];
  }; // the schema's own shape; whoever reads the file checks it
  for (const route of policy.routes.filter(({ require }) => require === "step-up")) {
    route.limits = { challenges: 1000, within: "10m" };
  }
  const path = join(tmpdir(), `sallyport-policy-${process.pid}.json`);
  await writeFile(path, JSON.stringify(policy));
  return path;
}
