import { describe, expect, it } from "vitest";
import { cookieNames, readCookie } from "../../../src/http/cookies.ts";

const NAME = "__Host-sallyport-session";

describe("readCookie", () => {
  it.each([
    [`a=1; ${NAME}=mine; b=2`, "mine"],
    [`\t ${NAME}=mine \t`, "mine"],
    [`a=1;${NAME}=mine`, "mine"],
  ])("finds it in %j", (header, value) => {
    expect(readCookie(header, NAME)).toBe(value);
  });

  it.each([
    ["behind a comma in another's value", `pref=x,${NAME}=planted`],
    ["behind a comma and a space", `pref=x, ${NAME}=planted`],
    ["under a name that begins with U+00A0", `\u00a0${NAME}=planted`],
    ["under a name that begins with U+2000", `\u2000${NAME}=planted`],
    ["under a name that begins with U+FEFF", `\ufeff${NAME}=planted`],
  ])("does not take one %s", (_where, header) => {
    expect(readCookie(header, NAME)).toBeUndefined();
    expect(readCookie(`${header}; ${NAME}=mine`, NAME)).toBe("mine");
    expect(cookieNames(header, "__Host-sallyport-")).toEqual([]);
  });
});
