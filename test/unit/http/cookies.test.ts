import { describe, expect, it } from "vitest";
import {
  clearCookie,
  cookieNames,
  readCookie,
  setCookie,
  withoutOwnCookies,
} from "../../../src/http/cookies.ts";
import { fc, test } from "../policy/property.ts";

const OWN = "__Host-sallyport-session";

describe("reading a cookie", () => {
  it.each([
    [`${OWN}=x`, "x"],
    [`a=1; ${OWN}=x; b=2`, "x"],
    [`a=1;${OWN}=x`, "x"],
    [`a=1, ${OWN}=x`, undefined], // in the value of another: whoever writes that one must not write ours
    [`${OWN}=first; ${OWN}=second`, "first"],
    [`${OWN}=a=b`, "a=b"],
    [`x${OWN}=x`, undefined],
    [`${OWN}x=x`, undefined],
    [`${OWN.toLowerCase()}=x`, undefined],
    [`a="${OWN}=x"`, undefined],
    [OWN, undefined],
    ["", undefined],
  ])("%j gives %j", (header, value) => {
    expect(readCookie(header, OWN)).toBe(value);
  });

  it("finds nothing without a header", () => {
    expect(readCookie(null, OWN)).toBeUndefined();
    expect(cookieNames(null, "__Host-")).toEqual([]);
  });

  it("lists the names with a prefix", () => {
    expect(
      cookieNames(
        "a=1; __Host-sallyport-sign-in-x=1; __Host-sallyport-sign-in-y=2",
        "__Host-sallyport-sign-in-",
      ),
    ).toEqual(["__Host-sallyport-sign-in-x", "__Host-sallyport-sign-in-y"]);
  });
});

describe("the app's own cookies", () => {
  it.each([
    ["a=1; b=2", "a=1; b=2"],
    [`a=1; ${OWN}=x; b=2`, "a=1; b=2"],
    [`${OWN}=x; a=1`, "a=1"],
    [`a=1; ${OWN}=x`, "a=1"],
    [`${OWN}=x`, null],
    [`${OWN}=x; __Host-sallyport-device=y.z`, null],
    [`a=1, ${OWN}=x`, "a=1"],
    [`${OWN}=x, a=1`, "a=1"],
    [`a=1, ${OWN}=x; b=2`, "a=1; b=2"],
    [`a="1, 2"; ${OWN}=x`, 'a="1, 2"'],
    [`__host-SALLYPORT-session=x; a=1`, "a=1"],
    [`a=${OWN}`, `a=${OWN}`],
  ])("%j leaves %j", (header, left) => {
    expect(withoutOwnCookies(header)).toBe(left);
  });

  const name = fc.stringMatching(/^[a-z]{1,8}$/);
  const value = fc.stringMatching(/^[A-Za-z0-9._-]{0,12}$/);
  const own = fc
    .tuple(fc.constantFrom("session", "device", "resume", "sign-in-x"), value)
    .map(([of, text]) => `__Host-sallyport-${of}=${text}`);
  const theirs = fc.tuple(name, value).map(([of, text]) => `${of}=${text}`);
  test(
    "come through in order, and nothing of ours does",
    fc.tuple(fc.array(fc.oneof(own, theirs), { maxLength: 8 }), fc.constantFrom("; ", ", ", ";")),
    ([pairs, separator]) => {
      const left = withoutOwnCookies(pairs.join(separator)) ?? "";
      expect(left).not.toContain("sallyport");
      const expected = pairs.filter((pair) => !pair.startsWith("__Host-"));
      expect(left.split(/[;,]\s*/).filter((pair) => pair !== "")).toEqual(expected);
    },
  );
});

describe("setting a cookie", () => {
  it("is for this host only, out of scripts' reach, and clearing ends it", () => {
    expect(setCookie(OWN, "x", 60)).toBe(`${OWN}=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax`);
    expect(clearCookie(OWN)).toContain(`${OWN}=; Path=/; Max-Age=0;`);
  });
});
