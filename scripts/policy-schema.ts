import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { policyJsonSchema } from "../src/policy/json-schema.ts";

/** Writes `policy.schema.json`, which editors use to check and complete a policy, in the repository's own format. */
const file = fileURLToPath(new URL("../policy.schema.json", import.meta.url));
const formatter = fileURLToPath(new URL("../node_modules/.bin/oxfmt", import.meta.url));

writeFileSync(file, JSON.stringify(policyJsonSchema(), null, 2));
execFileSync(formatter, ["--write", file], { stdio: "inherit" });
