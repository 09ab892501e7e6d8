import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Locked {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8");
const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };

describe("package-lock.json", () => {
  it("holds every platform's packages, so that npm ci works on each", () => {
    const wanted = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    const names = new Set(
      Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)),
    );
    expect(wanted.filter((name) => !names.has(name))).toEqual([]); // `npm run lock` adds them
  });

  it("records no download addresses", () => {
    expect(Object.values(packages).filter((one) => one.resolved !== undefined)).toEqual([]);
  });
});
