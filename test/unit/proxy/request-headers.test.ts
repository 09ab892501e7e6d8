import { describe, expect, it } from "vitest";
import { nominatedFields } from "../../../src/proxy/hop-by-hop.ts";
import { cleanRequestHeaders } from "../../../src/proxy/request-headers.ts";
import { fc, test } from "../policy/property.ts";

const cleaned = (pairs: readonly (readonly [string, string])[], strict = false) => {
  const headers = new Headers(pairs.map(([name, value]): [string, string] => [name, value]));
  cleanRequestHeaders(headers, strict);
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
    expect(cleaned([["cookie", "a=1, b=2"]])).toEqual({ cookie: "a=1; b=2" });
  });

  it.each(["content_type", "Content.Length", "idempotency~key", "CF_Connecting_IP", "cf.ray"])(
    "are removed when they could be taken for one that a decision depends on: %s",
    (name) => {
      expect(cleaned([[name, "forged"]])).toEqual({});
    },
  );

  it("are removed beside their plain spelling", () => {
    expect(
      cleaned([
        ["x-custom", "a"],
        ["x_custom", "b"],
        ["x.own", "c"],
      ]),
    ).toEqual({ "x-custom": "a", "x.own": "c" });
  });

  it("go on in no odd spelling at all where they were judged", () => {
    expect(
      cleaned(
        [
          ["x-custom", "a"],
          ["x.own", "c"],
        ],
        true,
      ),
    ).toEqual({ "x-custom": "a" });
  });
});

describe("what `Connection` nominates", () => {
  const nominate = (connection: string, strict = false) =>
    Object.keys(
      cleaned(
        [
          ["connection", connection],
          ["x-hop", "1"],
          ["cookie", "a=1"],
          ["content-type", "text/plain"],
        ],
        strict,
      ),
    ).filter((name) => name !== "connection");

  it.each(["x-hop", "X-Hop", "close,x-hop", "close , X-HOP ,", "x hop, x-hop"])(
    "goes no further: %s",
    (connection) => {
      expect(nominate(connection)).toEqual(["content-type", "cookie"]);
    },
  );

  it.each([
    ["is not what a message means", "cookie, Content-Type"],
    ["is nothing that there is not", "x-other, keep-alive"],
    ["is nothing without a name", "close"],
  ])("%s", (_, connection) => {
    expect(nominate(connection)).toEqual(["content-type", "cookie", "x-hop"]);
  });

  it.each([
    "Authorization",
    "Cache-Control",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Host",
    "Set-Cookie",
  ])("is never %s", (name) => {
    expect(nominatedFields(new Headers({ connection: `close, ${name}, x-hop` }))).toEqual(["close", "x-hop"]);
  });

  it("is nothing where the headers were judged", () => {
    expect(nominate("x-hop", true)).toEqual(["content-type", "cookie", "x-hop"]);
  });
});
