import { writeFiles } from "./client-files.ts";

/** `npm run client`: writes what is made of `src/client`: the package's module, its types, and what the gateway serves. */
await writeFiles();
