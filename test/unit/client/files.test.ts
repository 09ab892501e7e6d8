import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { clientFiles } from "../../../scripts/client-files.ts";
import { CLIENT_SCRIPT } from "../../../src/http/client-script.ts";

/** Issue 5: "under 3 KB compressed". */
const MAX_COMPRESSED_BYTES = 3_000;

describe("the browser helper", () => {
  it(
    "is what its source says, as a module, with types, and as the gateway serves it",
    { timeout: 60_000 },
    async () => {
      for (const [path, text] of await clientFiles()) {
        expect(readFileSync(path, "utf8"), `${path}: run npm run client`).toBe(text);
      }
    },
  );

  it("is small, and imports nothing", () => {
    expect(gzipSync(CLIENT_SCRIPT).byteLength).toBeLessThan(MAX_COMPRESSED_BYTES);
    for (const text of [CLIENT_SCRIPT, readFileSync("client/index.js", "utf8")]) {
      expect(text).not.toMatch(/\bimport\b|\brequire\b|\beval\b|\bFunction\(/);
    }
  });

  it("is a module of the package", async () => {
    const { stepUp } = await import("sallyport/client");
    expect(stepUp({ gateway: "https://app.example.com" })).toMatchObject({
      fetch: expect.any(Function),
      resume: expect.any(Function),
    });
  });
});
