import { describe, expect, it } from "vitest";
import { namesAgain } from "../../../src/policy/mixed-names.ts";

const FORM = "application/x-www-form-urlencoded";

function again(body: string, contentType: string | null, more: Record<string, string> = {}): boolean {
  const headers = new Headers({ ...(contentType === null ? {} : { "content-type": contentType }), ...more });
  return namesAgain(["op"], new TextEncoder().encode(body), headers);
}

describe("a body beside a query that decides", () => {
  it.each([
    ["a form without it", "a=1&b=2", FORM],
    ["JSON without it", '{"a":{"op":1}}', "application/json"],
    ["nothing", "", FORM],
    ["nothing at all", "", null],
    ["text", "op=pay", "text/plain"],
    ["bytes", "op=pay", "application/octet-stream"],
  ])("may be %s", (_what, body, contentType) => {
    expect(again(body, contentType)).toBe(false);
  });

  it.each([
    ["a form with it", "op=pay", FORM],
    ["a form with a look-alike", "OP[]=pay", FORM],
    ["JSON with it", '{"op":"pay"}', "application/json"],
    [
      "a multipart field",
      '--x\r\nContent-Disposition: form-data; name="op"\r\n\r\npay\r\n--x--',
      "multipart/form-data; boundary=x",
    ],
    ["a form in another charset", "a=1", `${FORM}; charset=utf-16`],
    ["JSON of another kind", '{"a":1}', "application/vnd.api+json"],
    ["a form that cannot be read", "%zz=1", FORM],
    ["something without a type", "op=pay", null],
  ])("must not be %s", (_what, body, contentType) => {
    expect(again(body, contentType)).toBe(true);
  });

  it("must not be packed, for nobody knows what is in it", () => {
    expect(again("a=1", FORM, { "content-encoding": "gzip" })).toBe(true);
  });
});
