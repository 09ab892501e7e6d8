import { describe, expect, it } from "vitest";
import { compilePattern, foldCase, matchPattern, splitPath } from "../../../src/policy/pattern.ts";

function match(source: string, path: string, folded = false) {
  const pattern = compilePattern(source);
  if (!pattern.ok) {
    throw new Error(pattern.error);
  }
  const segments = splitPath(path);
  return matchPattern(pattern.value, segments, folded ? segments.map(foldCase) : null);
}

describe("matchPattern", () => {
  it.each([
    ["/", "/"],
    ["/transfer", "/transfer"],
    ["/about/", "/about/"],
    ["/admin/*", "/admin"],
    ["/admin/*", "/admin/"],
    ["/admin/*", "/admin/users/7"],
    ["/*", "/"],
    ["/*", "/anything/at/all"],
    ["/my page".replace(" ", "%20"), "/my%20page"],
    ["/my%20page", "/my page"],
    ["/café", "/caf%C3%A9"],
    ["/café", "/café"],
    ["/@scope/*", "/@scope/name"],
  ])("%s takes %s", (pattern, path) => {
    expect(match(pattern, path)).toEqual({});
  });

  it.each([
    ["/transfer", "/transfer/"],
    ["/about/", "/about"],
    ["/transfer", "/Transfer"],
    ["/transfer", "/transfers"],
    ["/transfer", "/transfer/1"],
    ["/admin/*", "/administrator"],
    ["/accounts/:id", "/accounts/"],
    ["/accounts/:id", "/accounts"],
    ["/accounts/:id", "/accounts/1/2"],
    ["/", "//"],
  ])("%s does not take %s", (pattern, path) => {
    expect(match(pattern, path)).toBeNull();
  });

  it("gives the parameters as they stand in the path", () => {
    expect(match("/accounts/:id/to/:payee", "/accounts/7/to/Bob%20B")).toEqual({ id: "7", payee: "Bob%20B" });
  });

  it("keeps the case of parameters when literals are compared folded", () => {
    expect(match("/Accounts/:id", "/ACCOUNTS/Bob", true)).toEqual({ id: "Bob" });
    expect(match("/transfer", "/tranſFER", true)).toEqual({});
  });

  it("keeps a parameter named like an object's own member", () => {
    expect(match("/:constructor", "/x")).toEqual({ constructor: "x" });
  });
});

describe("compilePattern", () => {
  it.each([
    "transfer",
    "",
    "//",
    "/a//b",
    "/a/../b",
    "/a/.",
    "/%2e%2e/a",
    "/a/*/b",
    "/a*",
    "/:",
    "/:1",
    "/:a-b",
    "/:a/:a",
    "/a?b",
    "/a#b",
    "/a b",
    "/a;b",
    "/a\\b",
    "/a%2fb",
    "/a%5cb",
    "/a%00",
    "/a%2541",
    "/a%3b",
    "/a%zz",
    "/a.",
    "/a%20",
    "/\ud800",
  ])("refuses %j", (source) => {
    const pattern = compilePattern(source);
    expect(pattern).toMatchObject({ ok: false, error: expect.stringMatching(/^(must|may|holds|names) /) });
  });

  it("knows whether folding changes it", () => {
    expect(compilePattern("/Admin")).toMatchObject({ value: { isFoldable: true } });
    expect(compilePattern("/admin/:Name/*")).toMatchObject({ value: { isFoldable: false } });
  });
});
