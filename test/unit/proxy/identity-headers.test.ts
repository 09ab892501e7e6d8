import { describe, expect, it } from "vitest";
import { identityHeaders } from "../../../src/proxy/identity-headers.ts";
import { principalOf, SUB } from "../identity/fixtures.ts";
import { fc, test } from "../policy/property.ts";

describe("who the user is, in headers", () => {
  it("is the sub, and what else is known", () => {
    expect(identityHeaders(principalOf({ groups: ["staff", "tellers"] }))).toEqual([
      ["X-Forwarded-User", SUB],
      ["X-Forwarded-Preferred-Username", "alice"],
      ["X-Forwarded-Email", "alice@example.com"],
      ["X-Forwarded-Groups", "staff,tellers"],
    ]);
    expect(identityHeaders(principalOf({ email: undefined, groups: [] }))).toHaveLength(2);
  });

  it.each([
    ["a line end", "a\r\nX-Forwarded-User: admin", "a%0D%0AX-Forwarded-User:%20admin"],
    ["a NUL", "a\0b", "a%00b"],
    ["letters of other scripts", "Zoë 我", "Zo%C3%AB%20%E6%88%91"],
    ["a percent sign", "100%41", "100%2541"],
    ["half of a pair", "a\u{D800}b", "a%EF%BF%BDb"],
  ])("cannot be forged by %s in a name", (_, username, expected) => {
    expect(identityHeaders(principalOf({ username }))[1]).toEqual([
      "X-Forwarded-Preferred-Username",
      expected,
    ]);
  });

  it("cannot be forged by a comma in a group's name", () => {
    expect(identityHeaders(principalOf({ groups: ["staff,admin", "x"] }))[3]).toEqual([
      "X-Forwarded-Groups",
      "staff%2Cadmin,x",
    ]);
  });

  const name = fc.string({ unit: "binary" });
  test(
    "are always headers, and decode to what was meant",
    fc.tuple(name, fc.array(name, { minLength: 1, maxLength: 4 })),
    ([username, groups]) => {
      const headers = new Headers(
        identityHeaders(principalOf({ username, groups, email: username })).map(
          ([key, value]): [string, string] => [key, value],
        ),
      );
      expect(decodeURIComponent(headers.get("x-forwarded-preferred-username") ?? "")).toBe(
        username.toWellFormed(),
      );
      expect(headers.get("x-forwarded-groups")?.split(",").map(decodeURIComponent)).toEqual(
        groups.map((group) => group.toWellFormed()),
      );
    },
  );
});
