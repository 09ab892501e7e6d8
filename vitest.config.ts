import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { SlowFirst } from "./test/support/slow-first.ts";

/** Of the property tests (test/support/properties.ts): always the same, unless somebody wants to look further. */
const given = process.env["SALLYPORT_SEED"] ?? "1";
const provide = { seed: given === "random" ? given : Number(given) } as const;

/** Four layers: pure logic in Node, Workers inside workerd, real sockets, and a real browser. */
export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], provide, testTimeout: 30_000 } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { cf: false },
          }),
        ],
        test: { name: "workers", include: ["test/workers/**/*.test.ts"], provide, testTimeout: 30_000 },
      },
      {
        test: {
          name: "wire",
          provide,
          include: ["test/wire/**/*.test.ts"],
          globalSetup: "test/support/built-once.ts",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          provide,
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/built-once.ts", "test/e2e/global-setup.ts"],
          fileParallelism: false, // one local world and one browser for all of them
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
