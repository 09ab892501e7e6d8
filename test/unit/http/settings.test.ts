import { describe, expect, it } from "vitest";
import { httpUrl, isLocalHost, readEnvironment, splitList, wholeNumber } from "../../../src/http/settings.ts";

describe("settings", () => {
  it.each([
    ["https://app.example.com", "https://app.example.com"],
    ["https://app.example.com/", "https://app.example.com"],
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["http://app.localhost:1", "http://app.localhost:1"],
    ["http://[::1]:1", "http://[::1]:1"],
    ["http://app.example.com", undefined],
    ["http://127.0.0.1.example.com", undefined],
    ["http://localhost.example.com", undefined],
    ["https://user:pass@app.example.com", undefined],
    ["https://app.example.com?x=1", undefined],
    ["https://app.example.com#x", undefined],
    ["ftp://app.example.com", undefined],
    ["app.example.com", undefined],
    ["", undefined],
  ])("an address %j is %j", (text, value) => {
    expect(httpUrl("an address")(text)).toMatchObject(value === undefined ? { ok: false } : { value });
  });

  it.each([
    ["", 5],
    [undefined, 5],
    ["0", 0],
    ["60", 60],
    ["61", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e1", undefined],
    [" 5", undefined],
    ["99999999999999999999", undefined],
  ])("a number %j is %j", (text, value) => {
    const read = readEnvironment({ N: wholeNumber(5, 0, 60) }, { N: text });
    expect(read).toMatchObject(value === undefined ? { ok: false } : { value: { N: value } });
  });

  it("a list is what stands between commas", () => {
    expect(splitList(" a, b ,,c,")).toEqual(["a", "b", "c"]);
  });

  it("that are wrong are named once each, and their values never", () => {
    const table = { A: wholeNumber(5, 0, 60), B: httpUrl("x"), C: wholeNumber(5, 0, 60) };
    const read = readEnvironment(table, { A: "secret-a", B: "secret-b" });
    const problems = read.ok ? [] : read.error;
    expect(problems.map(({ setting }) => setting)).toEqual(["A", "B"]);
    expect(JSON.stringify(problems)).not.toContain("secret-");
  });

  it("that are no texts are wrong, and their values not repeated", () => {
    expect(readEnvironment({ A: wholeNumber(5, 0, 60) }, { A: { secret: 1 } })).toEqual({
      ok: false,
      error: [{ setting: "A", fix: "must be a text" }],
    });
  });

  it("know this machine's own names", () => {
    expect(["127.0.0.1", "[::1]", "localhost", "a.localhost"].every(isLocalHost)).toBe(true);
    expect(["127.0.0.2", "localhost.", "localhost.evil.example", "xlocalhost", ""].some(isLocalHost)).toBe(
      false,
    );
  });
});
