import { describe, expect, it } from "vitest";
import { publicLocation } from "../../../src/proxy/location.ts";

const PUBLIC = "https://app.example.com";

describe("publicLocation", () => {
  it.each([
    ["https://origin.internal/x?y#z", "https://origin.internal", `${PUBLIC}/x?y#z`],
    ["https://origin.internal", "https://origin.internal", PUBLIC],
    ["https://origin.internal?x", "https://origin.internal", `${PUBLIC}?x`],
    ["HTTPS://ORIGIN.Internal:443/x", "https://origin.internal", `${PUBLIC}/x`],
    ["//origin.internal/x", "https://origin.internal", `${PUBLIC}/x`],
    ["https://origin.internal\\@evil.example/x", "https://origin.internal", `${PUBLIC}\\@evil.example/x`],
    // An app behind TLS often does not know that it is.
    ["http://origin.internal/x", "https://origin.internal", `${PUBLIC}/x`],
    ["http://127.0.0.1:3000/a%2Fb'c", "http://127.0.0.1:3000", `${PUBLIC}/a%2Fb'c`],
  ])("rewrites %s of %s", (location, internal, expected) => {
    expect(publicLocation(location, new URL(internal), PUBLIC)).toBe(expected);
  });

  it.each([
    "/relative",
    "relative",
    "",
    "https://origin.internal.evil.example/x",
    "https://user@origin.internal/x",
    "https://origin.internal:8443/x",
    "https://elsewhere.example/?u=https://origin.internal/x",
    "https://[",
    "mailto:a@origin.internal",
  ])("leaves %s alone", (location) => {
    expect(publicLocation(location, new URL("https://origin.internal"), PUBLIC)).toBe(location);
  });
});
