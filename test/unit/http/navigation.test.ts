import { describe, expect, it } from "vitest";
import { isCrossSite, isNavigation, isSafeMethod, isSpeculative } from "../../../src/http/navigation.ts";

const ORIGIN = "https://app.example.com";
const HTML = { Accept: "text/html,application/xhtml+xml" };
const NAVIGATE = { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };

describe("a navigation", () => {
  it.each<[string, string, Record<string, string>, boolean]>([
    ["a page load", "GET", NAVIGATE, true],
    ["a form", "POST", NAVIGATE, true],
    ["a head of a page", "HEAD", NAVIGATE, true],
    ["a page load without metadata", "GET", HTML, true],
    ["a script's call", "GET", { ...HTML, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" }, false],
    ["a frame", "GET", { ...NAVIGATE, "Sec-Fetch-Dest": "iframe" }, false],
    ["an image", "GET", { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" }, false],
    ["a prefetch", "GET", { ...NAVIGATE, "Sec-Purpose": "prefetch" }, false],
    ["a prerender", "GET", { ...NAVIGATE, "Sec-Purpose": "prefetch;prerender" }, false],
    ["an old prefetch", "GET", { ...HTML, Purpose: "prefetch" }, false],
    ["another old prefetch", "GET", { ...HTML, "X-Moz": "prefetch" }, false],
    ["a program", "GET", { Accept: "*/*" }, false],
    ["a program without Accept", "GET", {}, false],
    ["a program that takes HTML too", "GET", { ...HTML, Authorization: "Bearer x" }, false],
    ["a method that no page has", "PUT", NAVIGATE, false],
  ])("%s", (_, method, headers, expected) => {
    expect(isNavigation(method, new Headers(headers))).toBe(expected);
  });

  it("ahead of a person's wish is speculative", () => {
    expect(isSpeculative(new Headers({ "Sec-Purpose": "Prefetch" }))).toBe(true);
    expect(isSpeculative(new Headers({ "Sec-Purpose": "other" }))).toBe(false);
  });
});

describe("another site's request", () => {
  it.each<[Record<string, string>, boolean]>([
    [{ "Sec-Fetch-Site": "same-origin" }, false],
    [{ "Sec-Fetch-Site": "none" }, false],
    [{ "Sec-Fetch-Site": "same-site" }, true],
    [{ "Sec-Fetch-Site": "cross-site" }, true],
    [{ "Sec-Fetch-Site": "cross-site", Origin: ORIGIN }, true],
    [{ Origin: ORIGIN }, false],
    [{ Origin: "null" }, true],
    [{ Origin: `${ORIGIN}.evil.example` }, true],
    [{ Origin: "http://app.example.com" }, true],
    [{}, false],
  ])("%j: %s", (headers, expected) => {
    expect(isCrossSite(new Headers(headers), ORIGIN)).toBe(expected);
  });
});

describe("safe methods", () => {
  it("are those that ask for no change", () => {
    const methods = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "QUERY"];
    expect(methods.filter(isSafeMethod)).toEqual(["GET", "HEAD", "OPTIONS", "TRACE"]);
  });
});
