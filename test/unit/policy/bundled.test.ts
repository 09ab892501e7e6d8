import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { bundledPolicy } from "../../../src/policy/bundled.ts";
import { compilePolicy } from "../../../src/policy/compile.ts";
import { checkPolicy, parsePolicy } from "../../../src/policy/parse.ts";
import { policySource } from "../../../src/policy/source.ts";

const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [{ id: "open", match: { path: "/open" }, require: "nothing" }],
};

function checkedOf(policy: unknown) {
  const checked = checkPolicy(JSON.stringify(policy));
  if (!checked.ok) {
    throw new Error(JSON.stringify(checked.error));
  }
  return checked.value;
}

function sourceOf(bundled: ReturnType<typeof bundledPolicy>, problems: string[] = []) {
  return policySource({
    bundled,
    read: async () => null,
    nowMs: () => 0,
    onProblems: (found) => problems.push(...found.map(({ reason }) => reason)),
  });
}

describe("the bundled policy", () => {
  it("is what the check before bundling made of it", async () => {
    const bundled = bundledPolicy(POLICY, { written: POLICY, document: checkedOf(POLICY) });
    expect(bundled.checked).toEqual(checkedOf(POLICY));
    const policy = await sourceOf(bundled).current(() => undefined);
    const parsed = parsePolicy(JSON.stringify(POLICY));
    expect(policy).toEqual(parsed.ok ? parsed.value : undefined);
  });

  it("is checked anew when it is not the one that was checked", async () => {
    const stricter = { ...POLICY, routes: [], default: { require: "deny" } };
    const bundled = bundledPolicy(stricter, { written: POLICY, document: checkedOf(POLICY) });
    expect(bundled.checked).toBeUndefined();
    expect((await sourceOf(bundled).current(() => undefined))?.default).toBe("deny");
  });

  it("refuses everything when it is not the one that was checked, and bad", async () => {
    const problems: string[] = [];
    const bad = { ...POLICY, default: { require: "sign-inn" } };
    const bundled = bundledPolicy(bad, { written: POLICY, document: checkedOf(POLICY) });
    expect(await sourceOf(bundled, problems).current(() => undefined)).toBeUndefined();
    expect(problems).toContain('"require" must be one of nothing, sign-in, deny.');
  });

  it("in this repository is the one that policy.checked.json was made of, by the checks of today", async () => {
    const root = new URL("../../../", import.meta.url);
    const [policy = "", checked = ""] = await Promise.all(
      ["policy.json", "policy.checked.json"].map((name) => readFile(new URL(name, root), "utf8")),
    );
    expect(JSON.parse(checked), "npm run policy:bundle").toEqual({
      written: JSON.parse(policy),
      document: checkedOf(JSON.parse(policy)),
    });
  });

  it("is compiled to the same from what was written down as from the check itself", () => {
    const document = checkedOf(POLICY);
    expect(compilePolicy(JSON.parse(JSON.stringify(document)), "bundled")).toEqual(
      compilePolicy(document, "bundled"),
    );
  });
});
