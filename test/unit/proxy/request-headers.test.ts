import { describe, expect, it } from "vitest";
import { cleanRequestHeaders } from "../../../src/proxy/request-headers.ts";
import { fc, test } from "../policy/property.ts";

const cleaned = (pairs: readonly (readonly [string, string])[]) => {
  const headers = new Headers(pairs.map(([name, value]): [string, string] => [name, value]));
  cleanRequestHeaders(headers);
  return Object.fromEntries(headers);
};

const SET_BY_GATEWAY = [
  "X-Forwarded-User",
  "X-Forwarded-Preferred-Username",
  "X-Forwarded-Email",
  "X-Forwarded-Groups",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "Sallyport-Assertion",
  "Sallyport-Challenge",
];
const OTHERS = [
  "Forwarded",
  "X-Real-IP",
  "X-HTTP-Method-Override",
  "X-Original-URL",
  "X-Rewrite-URL",
  "Proxy-Authorization",
  "Remote-User",
];

describe("the client's headers", () => {
  it("come through when nobody relies on them", () => {
    const own = {
      accept: "text/html",
      "x-request-id": "1",
      "x-forwardeduser": "a",
      x_custom: "b",
      "user-agent": "c",
      traceparent: "d",
    };
    expect(cleaned(Object.entries(own))).toEqual(own);
  });

  const separator = fc.constantFrom("-", "_", ".", "~", "!", "#", "$", "%", "'", "*", "+", "^", "`", "|");
  const spelled = fc
    .tuple(
      fc.constantFrom(...SET_BY_GATEWAY, ...OTHERS),
      fc.array(separator, { minLength: 6, maxLength: 6 }),
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    )
    .map(([name, separators, capitals]) => {
      let next = 0;
      return Array.from(name)
        .map((letter, index) => {
          if (letter === "-") {
            next += 1;
            return separators[next - 1] ?? "-";
          }
          return capitals[index] ? letter.toUpperCase() : letter.toLowerCase();
        })
        .join("");
    });
  test(
    "are removed in every spelling where the gateway or the origin's own reading relies on them",
    spelled,
    (name) => {
      expect(
        cleaned([
          [name, "forged"],
          [name, "twice"],
          ["accept", "*/*"],
        ]),
      ).toEqual({ accept: "*/*" });
    },
  );

  test(
    "beginning with Sallyport's name are removed, whatever follows",
    fc.tuple(separator, fc.stringMatching(/^[a-z0-9_.-]{1,10}$/)),
    ([mark, rest]) => {
      expect(cleaned([[`sallyport${mark}${rest}`, "forged"]])).toEqual({});
    },
  );

  it("lose Sallyport's own cookies and keep the app's", () => {
    expect(cleaned([["cookie", "__Host-sallyport-session=x; a=1"]])).toEqual({ cookie: "a=1" });
    expect(cleaned([["cookie", "a=1, __Host-sallyport-session=x"]])).toEqual({ cookie: "a=1" });
    expect(cleaned([["cookie", "__Host-sallyport-session=x"]])).toEqual({});
  });
});
