import { describe, expect, it } from "vitest";
import { needsBody, readAttributes } from "../../../src/policy/attributes.ts";
import type { AttributeInput } from "../../../src/policy/attributes.ts";
import { stepUpRouteOf, targetOf } from "./fixtures.ts";
import { fc, test as property } from "./property.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

const amount = { from: "body", name: "amount", type: "number", required: true, min: 0.01, max: 1_000_000 };
const payee = { from: "body", name: "payee", type: "string", maxLength: 20 };
const transfer = stepUpRouteOf({ amount, payee });

function inputOf(
  parts: Partial<Omit<AttributeInput, "body" | "target">> & { body?: string | Uint8Array; path?: string },
): AttributeInput {
  const { body = null, path = "/transfer", ...rest } = parts;
  return {
    target: targetOf(path),
    params: {},
    headers: new Headers(),
    claims: {},
    contentType: FORM,
    ...rest,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}

const form = (body: string, rest: object = {}) => readAttributes(transfer, inputOf({ body, ...rest }));
const json = (body: string, rest: object = {}) =>
  readAttributes(transfer, inputOf({ body, contentType: JSON_TYPE, ...rest }));
const ambiguous = { ok: false, error: { reason: "ambiguous", attribute: "amount" } };

describe("form fields", () => {
  it("reads what is declared and leaves the rest alone", () => {
    expect(form("amount=1500.50&payee=Bob+B%26+S%C3%B6hne&reference=x%20y;&note=100%25")).toEqual({
      ok: true,
      value: { amount: 1500.5, payee: "Bob B& Söhne" },
    });
  });

  it("takes a charset of UTF-8, written any way", () => {
    for (const charset of ["; charset=utf-8", ";charset=UTF-8", '; Charset="utf-8"']) {
      expect(form("amount=1", { contentType: FORM + charset }).ok).toBe(true);
    }
  });

  it.each([
    ["twice", "amount=1&amount=9999"],
    ["twice, once escaped", "amount=1&%61mount=9999"],
    ["in another case", "amount=1&Amount=9999"],
    ["as a list", "amount=1&amount[]=9999"],
    ["as an escaped list", "amount=1&amount%5B%5D=9999"],
    ["with an index", "amount=1&amount[0]=9999"],
    ["as a nested object", "amount=1&amount[value]=9999"],
    ["in brackets", "amount=1&[amount]=9999"],
    ["behind a space", "amount=1&+amount=9999"],
    ["before a space", "amount=1&amount+=9999"],
    ["with a dot", "amount=1&amount.=9999"],
    ["with a NUL", "amount=1&amount%00=9999"],
    ["cut at a NUL", "amount=1&amount%00x=9999"],
    ["with a byte order mark", "\ufeffamount=9999&amount=1"],
    ["in full-width letters", "amount=1&%EF%BD%81mount=9999"],
    ["as a Spring marker", "amount=1&_amount=9999"],
    ["as a Spring default", "amount=1&!amount=9999"],
    ["behind a semicolon", "payee=x;amount=9999&amount=1"],
    ["before a semicolon", "amount=1;payee=x"],
    ["with a malformed escape", "amount=1%"],
    ["with bytes that are not UTF-8", "amount=%ff"],
    ["without its exact name", "Amount=1"],
  ])("refuses the amount %s: %s", (_name, body) => {
    expect(form(body)).toEqual(ambiguous);
  });

  it.each(["amount", "Amount", "amount[]", "amount%00"])("refuses %s in the query as well", (name) => {
    expect(form("amount=1", { path: `/transfer?x=1&${name}=2` })).toEqual(ambiguous);
  });

  it.each(["_method=PUT", "_METHOD=PUT", "_charset_=utf-7", "X-HTTP-Method-Override=PUT"])(
    "refuses %s, in the body and in the query",
    (field) => {
      expect(form(`amount=1&${field}`)).toEqual({ ok: false, error: { reason: "reserved_field" } });
      expect(form("amount=1", { path: `/transfer?${field}` })).toEqual({
        ok: false,
        error: { reason: "reserved_field" },
      });
    },
  );

  it("does not confuse fields that only start alike", () => {
    expect(form("amount=1&amount2=5&amounts=7&my_amount=9").ok).toBe(true);
  });

  it("reads nested names where they are declared", () => {
    const route = stepUpRouteOf({ amount: { ...amount, name: "transfer[amount]" } });
    const read = (body: string) => readAttributes(route, inputOf({ body }));
    expect(read("transfer[amount]=5&transfer[payee]=Bob")).toEqual({ ok: true, value: { amount: 5 } });
    for (const other of [
      "transfer=x",
      "transfer[amount][]=9",
      "transfer.amount=9",
      "transfer[Amount]=9",
      "transfer[]=9",
    ]) {
      expect(read(`transfer[amount]=5&${other}`)).toEqual(ambiguous);
    }
  });

  it("refuses names that cannot be decoded, for they may be any", () => {
    expect(form("amount=1&%zz=2")).toEqual({ ok: false, error: { reason: "malformed_body" } });
    expect(form("amount=1&%ff=2")).toEqual({ ok: false, error: { reason: "malformed_body" } });
    expect(form("amount=1", { path: "/transfer?%ff" })).toEqual({
      ok: false,
      error: { reason: "malformed_query" },
    });
  });

  it("refuses raw bytes that are not UTF-8", () => {
    const body = Uint8Array.from([...new TextEncoder().encode("amount=1&x="), 0xff]);
    expect(readAttributes(transfer, inputOf({ body }))).toEqual({
      ok: false,
      error: { reason: "malformed_body" },
    });
  });

  it("refuses more fields than frameworks read", () => {
    expect(form(`${"x=1&".repeat(1000)}amount=1`)).toEqual({
      ok: false,
      error: { reason: "malformed_body" },
    });
  });
});

describe("content types", () => {
  it.each([
    null,
    "",
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    `${FORM}; charset=iso-8859-1`,
    `${FORM}; charset=utf-7`,
    `${FORM}; charset=utf-8; charset=utf-16`,
    `${FORM}, ${JSON_TYPE}`,
    "application/json; charset=utf-16",
    "application/vnd.api+json",
    "text/json",
  ])("%j is not one a body attribute is read from", (contentType) => {
    expect(form("amount=1", { contentType })).toEqual({
      ok: false,
      error: { reason: "unsupported_content_type" },
    });
  });

  it("refuses an encoded body: the origin sees what it unpacks", () => {
    const headers = new Headers({ "Content-Encoding": "gzip" });
    expect(form("amount=1", { headers })).toEqual({
      ok: false,
      error: { reason: "unsupported_content_type" },
    });
  });

  it("does not ask for one where there is no body", () => {
    expect(readAttributes(transfer, inputOf({ contentType: null }))).toEqual({
      ok: false,
      error: { reason: "missing", attribute: "amount" },
    });
  });
});

describe("JSON members", () => {
  it("reads top-level members", () => {
    expect(json('{"amount": 1500.5, "payee": "Bob", "big": 123456789012345678901234567890}')).toEqual({
      ok: true,
      value: { amount: 1500.5, payee: "Bob" },
    });
    expect(json('{"amount": "1500.50"}')).toEqual({ ok: true, value: { amount: 1500.5 } });
    expect(json('{"amount": 1.5e3, "payee": null}')).toEqual({ ok: true, value: { amount: 1500 } });
  });

  it.each([
    ["twice", '{"amount":1,"amount":9999}'],
    ["twice, once escaped", '{"amount":1,"\\u0061mount":9999}'],
    ["and another name twice, deep inside", '{"amount":1,"x":[{"y":1,"y":2}]}'],
    ["behind a byte order mark", '\ufeff{"amount":1}'],
    ["beside a comment", '{"amount":1/*,"amount":9*/}'],
    ["in a text that goes on", '{"amount":1}{"amount":9}'],
  ])("refuses the amount %s", (_name, body) => {
    expect(json(body)).toEqual({ ok: false, error: { reason: "malformed_body" } });
  });

  it.each([
    '"Amount"',
    '"AMOUNT"',
    '"amount[]"',
    '" amount"',
    '"amount\\u0000"',
    '"amount\\ud800"',
    '"ａmount"',
  ])("refuses %s beside the amount", (name) => {
    expect(json(`{"amount":1,${name}:9999}`)).toEqual(ambiguous);
  });

  it.each([
    ["[1]", "wrong_type"],
    ['{"value":1}', "wrong_type"],
    ["true", "wrong_type"],
    ['"1e3"', "wrong_type"],
    ["null", "missing"],
    ['""', "missing"],
    ["1e999", "out_of_range"],
    ["9007199254740993", "out_of_range"],
    ["100.0000000000000001", "out_of_range"],
    ["0", "out_of_range"],
    ["-5", "out_of_range"],
    ["1000000.01", "out_of_range"],
    ["1e-999", "out_of_range"],
  ])("refuses the amount %s: %s", (value, reason) => {
    expect(json(`{"amount":${value}}`)).toEqual({ ok: false, error: { reason, attribute: "amount" } });
  });

  it("refuses __proto__, which code that merges objects takes for something else", () => {
    expect(json('{"amount":50,"__proto__":{"amount":5000}}')).toEqual({
      ok: false,
      error: { reason: "malformed_body" },
    });
  });

  it("refuses a method override", () => {
    expect(json('{"amount":1,"_method":"PUT"}')).toEqual({ ok: false, error: { reason: "reserved_field" } });
  });

  it("takes another document than an object for one without the member", () => {
    for (const body of ["[]", "1", "null", '"amount"', '[{"amount":1}]']) {
      expect(json(body)).toEqual({ ok: false, error: { reason: "missing", attribute: "amount" } });
    }
  });

  it("follows a JSON Pointer, and refuses a look-alike at each step", () => {
    const route = stepUpRouteOf({ amount: { ...amount, name: "/payment/parts/0/a~1b" } });
    const read = (body: string, rest: object = {}) =>
      readAttributes(route, inputOf({ body, contentType: JSON_TYPE, ...rest }));
    expect(read('{"payment":{"parts":[{"a/b":7}]}}')).toEqual({ ok: true, value: { amount: 7 } });
    expect(read('{"payment":{"parts":[{"a/b":7}]},"Payment":{}}')).toEqual(ambiguous);
    expect(read('{"payment":{"parts":[{"a/b":7,"A/B":8}]}}')).toEqual(ambiguous);
    expect(read('{"payment":{"parts":{"0":{"a/b":7}}}}')).toEqual({ ok: true, value: { amount: 7 } });
    expect(read('{"payment":7}')).toEqual({ ok: false, error: { reason: "missing", attribute: "amount" } });
    expect(read('{"payment":{"parts":[{"a/b":7}]}}', { path: "/transfer?payment=1" })).toEqual(ambiguous);
    expect(readAttributes(route, inputOf({ body: "payment=7" }))).toEqual({
      ok: false,
      error: { reason: "unsupported_content_type" },
    });
  });
});

describe("values as text", () => {
  it.each([
    "+5",
    " 5",
    "5 ",
    "1e3",
    "0x10",
    "1,000",
    "1_000",
    "1.000,50",
    ".5",
    "5.",
    "05",
    "00",
    "--5",
    "5-",
    "٥",
    "５",
    "NaN",
    "Infinity",
    "1.0000000001",
    "1234567890123456",
    "on",
  ])("%j is no number", (text) => {
    expect(form(`amount=${encodeURIComponent(text)}`)).toEqual({
      ok: false,
      error: { reason: "wrong_type", attribute: "amount" },
    });
  });

  it.each([
    ["0.01", 0.01],
    ["1000000", 1_000_000],
    ["1500.10", 1500.1],
    ["0.500000000", 0.5],
  ])("%s is the number %d", (text, value) => {
    expect(form(`amount=${text}`)).toEqual({ ok: true, value: { amount: value } });
  });

  it("gives minus zero as zero", () => {
    const route = stepUpRouteOf({ n: { from: "body", name: "n", type: "number" } });
    expect(readAttributes(route, inputOf({ body: "n=-0" }))).toEqual({ ok: true, value: { n: 0 } });
  });

  it("refuses more digits than a number holds", () => {
    expect(form("amount=123456.1234567891")).toMatchObject({ error: { reason: "wrong_type" } });
    expect(form("amount=999999.999999999")).toMatchObject({ ok: true });
    expect(form("amount=1234567.123456789")).toMatchObject({ error: { reason: "out_of_range" } });
  });

  it("bounds texts and refuses what ends or hides them", () => {
    expect(form(`amount=1&payee=${"x".repeat(20)}`).ok).toBe(true);
    expect(form(`amount=1&payee=${"x".repeat(21)}`)).toMatchObject({
      error: { reason: "too_long", attribute: "payee" },
    });
    expect(form("amount=1&payee=Bob%00Eve")).toMatchObject({
      error: { reason: "ambiguous", attribute: "payee" },
    });
    expect(form("amount=1&payee=Bob%1b[2K")).toMatchObject({ error: { reason: "ambiguous" } });
    expect(form("amount=1&payee=Bob%0D%0AEve").ok).toBe(true);
    expect(json('{"amount":1,"payee":"\\ud800"}')).toMatchObject({ error: { reason: "ambiguous" } });
    expect(json('{"amount":1,"payee":5}')).toMatchObject({
      error: { reason: "wrong_type", attribute: "payee" },
    });
  });

  it("takes an empty text for none", () => {
    expect(form("amount=1&payee=")).toEqual({ ok: true, value: { amount: 1 } });
    expect(form("amount=")).toEqual({ ok: false, error: { reason: "missing", attribute: "amount" } });
  });

  it("reads booleans", () => {
    const route = stepUpRouteOf({ urgent: { from: "body", name: "urgent", type: "boolean" } });
    const read = (body: string, contentType = FORM) => readAttributes(route, inputOf({ body, contentType }));
    expect(read("urgent=on")).toEqual({ ok: true, value: { urgent: true } });
    expect(read("urgent=false")).toEqual({ ok: true, value: { urgent: false } });
    expect(read("urgent=1")).toMatchObject({ error: { reason: "wrong_type" } });
    expect(read('{"urgent":false}', JSON_TYPE)).toEqual({ ok: true, value: { urgent: false } });
    expect(read('{"urgent":0}', JSON_TYPE)).toMatchObject({ error: { reason: "wrong_type" } });
  });
});

describe("the query", () => {
  const route = stepUpRouteOf({ amount: { ...amount, from: "query" } });
  const read = (path: string, rest: object = {}) =>
    readAttributes(route, inputOf({ path, contentType: null, ...rest }));

  it("gives its one field of that name", () => {
    expect(read("/transfer?amount=5&x=%")).toEqual({ ok: true, value: { amount: 5 } });
    expect(read("/transfer?amount=5", { body: "\0", contentType: "application/pdf" }).ok).toBe(true);
  });

  it("is refused when a framework could take another", () => {
    expect(read("/transfer?amount=5&amount=6")).toEqual(ambiguous);
    expect(read("/transfer?amount=5;amount=6")).toEqual(ambiguous);
    expect(read("/transfer?amount=5", { body: "amount=6", contentType: FORM })).toEqual(ambiguous);
    expect(read("/transfer?amount=5", { body: '{"Amount":6}', contentType: JSON_TYPE })).toEqual(ambiguous);
    expect(
      read("/transfer?amount=5", { body: "--x", contentType: "multipart/form-data; boundary=x" }),
    ).toEqual({
      ok: false,
      error: { reason: "unsupported_content_type" },
    });
    const multipart = (name: string) =>
      `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n6\r\n--x--\r\n`;
    const contentType = "multipart/form-data; boundary=x";
    expect(read("/transfer?amount=5", { body: multipart("Amount"), contentType })).toEqual(ambiguous);
    expect(read("/transfer?amount=5", { body: multipart("other"), contentType }).ok).toBe(true);
  });
});

describe("headers, claims and the path", () => {
  const read = (rule: object, rest: object) =>
    readAttributes(
      stepUpRouteOf({ amount: { ...amount, ...rule } }, { match: { methods: ["POST"], path: "/:id" } }),
      inputOf(rest),
    );
  const header = { from: "header", name: "X-Amount" };
  const claim = { from: "claim", name: "custom:limit" };
  const path = { from: "path", name: "id" };

  it("reads a header that is there once", () => {
    expect(read(header, { headers: new Headers({ "x-amount": "5" }) })).toEqual({
      ok: true,
      value: { amount: 5 },
    });
    const text = { ...header, type: "string" };
    const { min: _min, max: _max, ...rule } = { ...amount, ...text };
    const route = stepUpRouteOf({ amount: rule });
    const twice = new Headers([
      ["X-Amount", "5"],
      ["X-Amount", "6"],
    ]);
    expect(readAttributes(route, inputOf({ headers: twice }))).toEqual(ambiguous);
    expect(readAttributes(route, inputOf({ headers: new Headers({ "X-Amount": "caf\u00e9" }) }))).toEqual(
      ambiguous,
    );
  });

  it("refuses a header beside another spelling of it", () => {
    for (const other of ["X_Amount", "x_amount", "X.Amount"]) {
      expect(read(header, { headers: new Headers({ "X-Amount": "5", [other]: "6" }) })).toEqual(ambiguous);
      expect(read(header, { headers: new Headers({ [other]: "6" }) })).toEqual(ambiguous);
    }
  });

  it("reads a claim, also as the text that Cognito makes of it", () => {
    expect(read(claim, { claims: { "custom:limit": 5 } })).toEqual({ ok: true, value: { amount: 5 } });
    expect(read(claim, { claims: { "custom:limit": "5" } })).toEqual({ ok: true, value: { amount: 5 } });
    expect(read(claim, { claims: { "custom:limit": [5] } })).toMatchObject({
      error: { reason: "wrong_type" },
    });
    expect(read(claim, { claims: { "custom:limit": Number.NaN } })).toMatchObject({
      error: { reason: "out_of_range" },
    });
    expect(read({ ...claim, name: "constructor" }, {})).toMatchObject({ error: { reason: "missing" } });
  });

  it("reads a parameter of the path", () => {
    expect(read(path, { params: { id: "5" } })).toEqual({ ok: true, value: { amount: 5 } });
    expect(read(path, { params: { id: "%ff" } })).toEqual(ambiguous);
    expect(read(path, {})).toMatchObject({ error: { reason: "missing" } });
  });

  it("needs no body", () => {
    expect(needsBody(stepUpRouteOf({ a: { ...header, type: "string" } }))).toBe(false);
    expect(needsBody(stepUpRouteOf({}))).toBe(false);
    expect(needsBody(transfer)).toBe(true);
    expect(needsBody(stepUpRouteOf({ a: { from: "query", name: "a", type: "string" } }))).toBe(true);
  });
});

describe("whatever is sent", () => {
  const contentType = fc.constantFrom(FORM, JSON_TYPE, `${JSON_TYPE};charset=utf-8`, "text/plain", null);
  const bytes = fc.uint8Array({ maxLength: 200 });
  const formLike = fc
    .array(
      fc.constantFrom(
        "amount",
        "=",
        "&",
        "1",
        "%",
        "%00",
        "[",
        "]",
        ";",
        "+",
        ".",
        "A",
        "payee",
        "\ud83d\ude00",
        "%c3",
        "é",
      ),
      { maxLength: 24 },
    )
    .map((parts) => new TextEncoder().encode(parts.join("")));
  const jsonLike = fc
    .array(
      fc.constantFrom(
        "{",
        "}",
        '"amount"',
        '"payee"',
        ":",
        ",",
        "1",
        "-1e5",
        '"x"',
        "[",
        "]",
        "null",
        '"\\u0000"',
      ),
      { maxLength: 14 },
    )
    .map((parts) => new TextEncoder().encode(parts.join("")));

  property(
    "readAttributes never throws, and gives only declared attributes of the declared type",
    fc.tuple(fc.oneof(bytes, formLike, jsonLike), contentType),
    ([body, type]) => {
      const read = readAttributes(transfer, inputOf({ body, contentType: type }));
      if (read.ok) {
        expect(Object.keys(read.value).every((name) => name === "amount" || name === "payee")).toBe(true);
        expect(typeof read.value["amount"]).toBe("number");
        expect(["string", "undefined"]).toContain(typeof read.value["payee"]);
      } else {
        expect(Object.keys(read.error).every((key) => key === "reason" || key === "attribute")).toBe(true);
      }
    },
    5000,
  );

  property(
    "an accepted form means the same to URLSearchParams, first and last value alike",
    formLike,
    (body) => {
      const read = readAttributes(transfer, inputOf({ body }));
      if (read.ok) {
        const values = new URLSearchParams(new TextDecoder().decode(body)).getAll("amount");
        expect(values.map(Number)).toEqual([read.value["amount"]]);
      }
    },
    5000,
  );

  property(
    "an accepted JSON body means the same to JSON.parse",
    fc.tuple(
      fc.double({ min: 0.01, max: 1_000_000, noNaN: true }),
      fc.string({ unit: "grapheme", maxLength: 25 }),
    ),
    ([value, text]) => {
      const read = json(JSON.stringify({ payee: text, amount: value }));
      if (read.ok) {
        expect(read.value["amount"]).toBe(value);
        expect(read.value["payee"] ?? "").toBe(text);
      }
    },
  );
});
