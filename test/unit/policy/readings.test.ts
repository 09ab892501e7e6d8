import { describe, expect, it } from "vitest";
import { MAX_READINGS, readings } from "../../../src/policy/readings.ts";
import { fc, test as property } from "./property.ts";

function readingsOf(pathname: string): readonly string[] {
  const all = readings(pathname);
  if (!all.ok) {
    throw new Error(all.error);
  }
  return all.value;
}

describe("readings", () => {
  it.each([
    "/",
    "/transfer",
    "/Transfer",
    "/assets/app.min.js",
    "/.well-known/x",
    "/a-b_c/~me/@x:y",
    "/a,b/(c)",
  ])("gives the plain path %s one reading", (pathname) => {
    expect(readings(pathname)).toEqual({ ok: true, value: [pathname] });
  });

  it.each([
    ["/transfe%72", "/transfer"],
    ["/transfe%2572", "/transfer"],
    ["/%%374ransfer", "/transfer"],
    ["/a%2f..%2ftransfer", "/transfer"],
    ["/a%252f..%252ftransfer", "/transfer"],
    ["/a/%252e%252e/transfer", "/transfer"],
    ["/a%5c..%5ctransfer", "/transfer"],
    ["//transfer", "/transfer"],
    ["//x/transfer", "/transfer"],
    ["/%2fx/transfer", "/transfer"],
    ["/x//..//transfer", "/transfer"],
    ["/transfer/", "/transfer"],
    ["/transfer//", "/transfer"],
    ["/transfer.", "/transfer"],
    ["/transfer%20", "/transfer"],
    ["/transfer%20./", "/transfer"],
    ["/transfer%0a", "/transfer"],
    ["/transfer%01", "/transfer"],
    ["/trans%09fer", "/transfer"],
    ["/transfer./x", "/transfer/x"],
    ["/transfer;x=1", "/transfer"],
    ["/transfer;/x", "/transfer"],
    ["/transfer%3bx=1/", "/transfer"],
    ["/x/..;/transfer", "/transfer"],
    ["/x/..;a=b/transfer", "/transfer"],
    ["/x/..%20/transfer", "/transfer"],
    ["/transfer%3Fx", "/transfer"],
    ["/transfer%23x", "/transfer"],
    ["/%EF%BC%B4ransfer", "/Transfer"],
    ["/x/%EF%BC%8E%EF%BC%8E/transfer", "/transfer"],
    ["/x%EF%BC%8F..%EF%BC%8Ftransfer", "/transfer"],
    ["/cafe%CC%81", "/café"],
    ["/%EF%AC%81e%CC%81", "/\ufb01\u00e9"],
    ["/Transfer%252f..;x=1/", "/Transfer"],
    ["/%u0074ransfer", "/transfer"],
    ["/x%u002f..%u002ftransfer", "/transfer"],
    ["/x%25u002f..%2fTransfer", "/Transfer"],
    ["/x%c0%af..%c0%aftransfer", "/transfer"],
    ["/x/%c0%ae%c0%ae/transfer", "/transfer"],
    ["/x/%e0%80%ae%f0%80%80%ae/transfer", "/transfer"],
    ["/x%c1%9c..%c1%9ctransfer", "/transfer"],
    ["/transfer/..json", "/transfer/"],
    ["/transfer/..%2f", "/transfer/"],
    ["/transfer%c0%af...json", "/transfer/"],
    ["/transfer/x/...json", "/transfer/"],
    ["/transfer/x/...%2fy", "/transfer/"],
    ["/transfer/x/..%20.json", "/transfer/"],
    ["/transfer/x/..%0b.json", "/transfer/"],
    ["/transfer/x/..%C2%A0.json", "/transfer/"],
    ["/transfer/.%20.json", "/transfer/"],
    ["/@scope%2fname", "/@scope%2fname"],
    ["/@scope%2fname", "/@scope/name"],
  ])("reads %s as %s", (pathname, reading) => {
    expect(readingsOf(pathname)).toContain(reading);
  });

  it.each(["/%zz", "/%", "/%ff", "/%u00g0", "/%c2x"])(
    "leaves %s, which cannot be decoded, as it is",
    (pathname) => {
      expect(readingsOf(pathname)).toEqual([pathname]);
    },
  );

  it.each(["/a%2500", "/a%u0000", "/a%c0%80", "/a%25u0000"])(
    "refuses %s, which decodes to a NUL",
    (pathname) => {
      expect(readings(pathname)).toEqual({ ok: false, error: "null_byte" });
    },
  );

  it("refuses a path whose few readings are too much work for their length", () => {
    const long = "b".repeat(140_000);
    expect(readings(`/x;y//${long}`)).toEqual({ ok: false, error: "too_many_readings" });
    expect(readings(`/x;y//${long.slice(0, 1_000)}`).ok).toBe(true);
  });

  it("refuses a path with too many readings, quickly", () => {
    const pathname = "/a%252e%252e%252fb%252f.%252f;x%20/.%2f/%3f//%5c;%20./%ef%bc%8e".repeat(200);
    expect(readings(pathname)).toEqual({ ok: false, error: "too_many_readings" });
  });

  const hostile = fc
    .array(
      fc.constantFrom(
        "/",
        ".",
        "..",
        "%2e",
        "%2f",
        "%252f",
        "%5c",
        "%25",
        ";x",
        "%3b",
        "%20",
        "%0a",
        "a",
        "B",
        "%",
        "%ef%bc%8e",
        "%c0",
        "%3f",
      ),
      { maxLength: 40 },
    )
    .map((parts) => `/${parts.join("")}`);

  property(
    "gives the path itself first, each reading once, never more than the limit",
    hostile,
    (pathname) => {
      const all = readings(pathname);
      if (all.ok) {
        expect(all.value[0]).toBe(pathname);
        expect(new Set(all.value).size).toBe(all.value.length);
        expect(all.value.length).toBeLessThanOrEqual(MAX_READINGS);
        expect(all.value.every((reading) => reading.startsWith("/"))).toBe(true);
      }
    },
  );

  property(
    "gives plain paths no second reading",
    fc.stringMatching(/^(\/[a-z0-9_-]{1,8}){1,5}$/),
    (pathname) => {
      expect(readings(pathname)).toEqual({ ok: true, value: [pathname] });
    },
  );
});
