import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { pathOf } from "../../../src/http/path-of.ts";

describe("the path of a URL", () => {
  it("is what the parser says of every URL that the parser made", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (path, query) => {
        const { href, pathname } = new URL(
          `https://hooks.example/${path.replaceAll("#", "")}?${query.replaceAll("#", "")}`,
        );
        expect(pathOf(href)).toBe(pathname);
      }),
    );
  });

  it.each([
    ["http://127.0.0.1:8787/", "/"],
    ["https://hooks.example/webhooks/authsignal?x=/y?z", "/webhooks/authsignal"],
    ["https://hooks.example/?a//b", "/"],
    ["https://hooks.example//double", "//double"],
  ])("of %s is %s", (url, path) => {
    expect(pathOf(url)).toBe(path);
  });
});
