import { describe, expect, it } from "vitest";
import { parseTarget } from "../../../src/policy/target.ts";
import { fc, test as property } from "./property.ts";

function refusalOf(rawUrl: string): string | null {
  const parsed = parseTarget(rawUrl);
  return parsed.ok ? null : parsed.error;
}

describe("parseTarget", () => {
  it("gives the WHATWG serialisation", () => {
    expect(parseTarget("http://app.localhost:8787/a b".replace(" ", "%20") + '/é"?q=é\\&x=%00')).toEqual({
      ok: true,
      value: {
        host: "app.localhost:8787",
        pathname: "/a%20b/%C3%A9%22",
        search: "?q=%C3%A9\\&x=%00",
        href: "http://app.localhost:8787/a%20b/%C3%A9%22?q=%C3%A9\\&x=%00",
      },
    });
  });

  it.each([
    ["http://h", "/"],
    ["http://h?q", "/"],
    ["http://h//a//b/", "//a//b/"],
    ["http://h/@scope%2fname", "/@scope%2fname"],
    ["http://h/a%0ab", "/a%0ab"],
    ["http://h/%zz", "/%zz"],
    ["http://h/...", "/..."],
    ["http://h/a/..;/b", "/a/..;/b"],
    ["http://h/%252e%252e/b", "/%252e%252e/b"],
    ["http://[::1]:80/a", "/a"],
    ["https://h:443/a", "/a"],
  ])("accepts %s", (rawUrl, pathname) => {
    expect(parseTarget(rawUrl)).toMatchObject({ ok: true, value: { pathname } });
  });

  it.each([
    ["http://h/x/../transfer", "dot_segment"],
    ["http://h/.", "dot_segment"],
    ["http://h/a/..", "dot_segment"],
    ["http://h/./a", "dot_segment"],
    ["http://h/%2e%2e/a", "dot_segment"],
    ["http://h/.%2E/a", "dot_segment"],
    ["http://h/%2e/a", "dot_segment"],
    ["http://h/..?x", "dot_segment"],
    ["http://h/x\\..\\transfer", "backslash"],
    ["http://h\\@evil/", "backslash"],
    ["http://h/a%00b", "null_byte"],
    ["http://h/a%2500b", "null_byte"],
    ["http://h/a%%30%30b", "null_byte"],
    ["http://h/a\tb", "control_character"],
    ["http://h/a\n", "control_character"],
    ["http://h/a b", "control_character"],
    ["http://h/a\u007f", "control_character"],
    ["http://h/?a\0", "control_character"],
    ["http://h/a#b", "fragment"],
    ["http://h/?a#", "fragment"],
    ["http://a@evil/", "odd_host"],
    ["http://a:b@evil/", "odd_host"],
    ["http://gw*", "odd_host"],
    ["http://%65vil/", "odd_host"],
    ["http://évil/", "odd_host"],
    ["http://127.1/", "odd_host"],
    ["http://0x7f000001/", "odd_host"],
    ["http://h:080/", "odd_host"],
    ["http://h:99999/", "malformed_url"],
    ["http:///a", "odd_host"],
    ["ftp://h/a", "malformed_url"],
    ["javascript:alert(1)", "malformed_url"],
    ["/a", "malformed_url"],
    ["", "malformed_url"],
  ])("refuses %j: %s", (rawUrl, reason) => {
    expect(refusalOf(rawUrl)).toBe(reason);
  });

  it("judges what a shifting Host header would make the origin see", () => {
    // workerd writes `Host: app.localhost/x` and `GET /transfer` as this URL (reference/security.md section d).
    expect(parseTarget("http://app.localhost/x/transfer")).toMatchObject({
      value: { pathname: "/x/transfer" },
    });
  });

  const hostile = fc
    .array(
      fc.constantFrom(
        "/",
        "\\",
        ".",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "%00",
        "%25",
        ";",
        "?",
        "#",
        "@",
        ":",
        "a",
        "é",
        "%",
        " ",
        "\t",
        "%ff",
        "[",
        "|",
        "\ud800",
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join(""));

  property("never throws, whatever it is given", fc.string({ unit: "binary" }), (text) => {
    expect(parseTarget(text).ok).toBe(false);
  });

  property(
    "gives a path that every later parse leaves alone: what is judged is what is sent",
    hostile,
    (tail) => {
      const parsed = parseTarget(`http://app.localhost:8787${tail}`);
      if (parsed.ok) {
        const sent = new URL(parsed.value.href);
        expect(sent.pathname).toBe(parsed.value.pathname);
        expect(sent.origin + parsed.value.pathname + parsed.value.search).toBe(sent.href);
        expect(sent.href).toBe(parsed.value.href);
        expect(new Request(parsed.value.href).url).toBe(parsed.value.href);
      }
    },
    3000,
  );
});

describe("the host that is looked up among the public ones", () => {
  it.each([
    ["http://app.localhost:8787/x", "app.localhost:8787"],
    ["http://APP.localhost:8787/x", "app.localhost:8787"],
    ["http://app.localhost/x", "app.localhost"],
    ["http://app.localhost.:8787/x", "app.localhost.:8787"],
    ["http://evil/app.localhost:8787", "evil"],
  ])("of %s is %s", (rawUrl, host) => {
    const parsed = parseTarget(rawUrl);
    expect(parsed.ok && parsed.value.host).toBe(host);
  });
});
