import * as fc from "fast-check";
import { inject } from "vitest";

export * as fc from "fast-check";

declare module "vitest" {
  interface ProvidedContext {
    /** Of vitest.config.ts. */
    readonly seed: number | "random";
  }
}

// So that a run fails by a change, and not by chance. A failure that was found by chance names its seed.
const seed = inject("seed");
if (seed !== "random") {
  fc.configureGlobal({ seed });
}
