import { describe, expect, it, vi } from "vitest";
import { frameworkReadings } from "../../../src/policy/framework-readings.ts";
import { judge } from "../../../src/policy/judge.ts";
import { readings } from "../../../src/policy/readings.ts";
import { parseTarget } from "../../../src/policy/target.ts";
import { policyOf } from "./fixtures.ts";

const policy = policyOf([
  { id: "open", match: { path: "/open/*" }, require: "nothing" },
  { id: "transfer", match: { methods: ["POST"], path: "/transfer" }, require: "step-up", action: "transfer" },
  { id: "pay", match: { methods: ["POST"], path: "/pay.php" }, require: "step-up", action: "pay" },
  { id: "closed", match: { path: "/closed/*" }, require: "deny" },
  { id: "file", match: { path: "/list.pdf" }, require: "nothing" },
  { id: "list", match: { path: "/list" }, require: "deny" },
  { id: "export", match: { path: "/export.all" }, require: "deny" },
  { id: "page", match: { path: "/page/:name" }, require: "deny" },
  { id: "health", match: { path: "/:tenant/health" }, require: "nothing" },
  { id: "close", match: { path: "/users/:id/close" }, require: "deny" },
  { id: "note", match: { path: "/users/:id/close.txt" }, require: "nothing" },
]);

function requirementOf(path: string, method = "POST"): string {
  const target = parseTarget(`http://app.localhost${path}`);
  const judgement = target.ok ? judge(policy, method, target.value, new Headers()) : undefined;
  return judgement?.kind === "route" ? judgement.requirement : (judgement?.reason ?? "unreadable");
}

describe("what frameworks make of a path", () => {
  it.each([
    ["/transfer.json", "step-up"],
    ["/transfer.JSON/", "step-up"],
    ["/TRANSFER.json", "step-up"],
    ["/transfer.a.b", "step-up"],
    ["/transfer%2ejson", "step-up"],
    ["/transfer.json;v=1", "step-up"],
    ["/closed.json", "deny"],
    ["/pay.php/x", "step-up"],
    ["/Pay.PHP/x/y", "step-up"],
    ["/index.php/transfer", "step-up"],
    ["/open/app.php/transfer", "step-up"],
    ["/open/app.php//h/transfer", "step-up"],
    ["/open/index.php/transfer.json", "step-up"],
    ["/open/index.php%2ftransfer", "step-up"],
    ["/list.csv", "deny"],
    ["/LIST.pdf", "deny"],
    ["/open/index.php/closed/x", "deny"],
    ["/export.all.json", "deny"],
    ["/transfer.json;/health", "step-up"],
    ["/transfer.json%3f/health", "step-up"],
    ["/index%2ephp/closed/a%E2%80%A8b", "deny"],
    ["/users/5%E2%80%A8x/close%2ejson", "deny"],
    ["/users/5%E2%80%A9x/close%2ea%2eb", "deny"],
  ])("is judged where a route speaks of it: %s needs %s", (path, requirement) => {
    expect(requirementOf(path)).toBe(requirement);
  });

  it("is refused for a method that a sensitive route does not list", () => {
    expect(requirementOf("/transfer.json", "PUT")).toBe("method_not_allowed");
  });

  it.each([
    ["nobody speaks of what is left, but the default", "/open/app.css", "nothing"],
    ["a script's path is nobody's", "/open/app.php/app", "nothing"],
    ["a route has a place for any name", "/page.css", "sign-in"],
    ["the policy says what the very name needs", "/list.pdf", "nothing"],
    ["it says so under every reading", "/users/a%20b/close.txt", "nothing"],
    ["the name is nothing but a dot and more", "/open/.json", "nothing"],
  ])("does not count where %s", (_, path, requirement) => {
    expect(requirementOf(path, "GET")).toBe(requirement);
  });

  it("is nothing for a path without a dot, and bounded for one with many", () => {
    expect(frameworkReadings(["/a/b"])).toEqual({ ok: true, value: [] });
    const many = Array.from({ length: 60 }, (_, at) => `/a${at}.php//x;a/%2f${at}/y.b`);
    const behindScript = [`/a.php/${"%252f..;a=%20./%5c%3f".repeat(9)}`];
    for (const paths of [many, behindScript]) {
      expect(frameworkReadings(paths)).toEqual({ ok: false, error: "too_many_readings" });
    }
  });

  it("looks behind scripts once, however many readings have one", () => {
    const normalised = vi.spyOn(String.prototype, "split");
    const all = readings(`/a.php${"/b.php".repeat(80)};a%3fb%20/%5c//%09`);
    const once = normalised.mock.calls.length;
    expect(all.ok && all.value.length).toBeGreaterThan(40);
    expect(frameworkReadings(all.ok ? all.value : []).ok).toBe(true);
    expect(normalised.mock.calls.length - once).toBeLessThan(2 * once);
    normalised.mockRestore();
  });
});
