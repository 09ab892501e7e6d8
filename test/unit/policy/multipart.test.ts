import { describe, expect, it } from "vitest";
import { readAttributes } from "../../../src/policy/attributes.ts";
import { boundaryOf, readMultipart } from "../../../src/policy/multipart.ts";
import { stepUpRouteOf, targetOf } from "./fixtures.ts";
import { fc, test as property } from "./property.ts";

const B = "----form7f3a";
const encode = (text: string) => new TextEncoder().encode(text);
const part = (disposition: string, content: string, more = "") =>
  `--${B}\r\nContent-Disposition: ${disposition}\r\n${more}\r\n${content}\r\n`;
const field = (name: string, value: string, more = "") => part(`form-data; name="${name}"`, value, more);
const END = `--${B}--\r\n`;

const route = stepUpRouteOf({
  amount: { from: "multipart", name: "amount", type: "number", required: true },
  note: { from: "multipart", name: "note", type: "string" },
});

function read(
  body: string | Uint8Array,
  contentType = `multipart/form-data; boundary=${B}`,
  path = "/transfer",
) {
  const read = readAttributes(route, {
    target: targetOf(path),
    params: {},
    headers: new Headers(),
    claims: {},
    contentType,
    body: typeof body === "string" ? encode(body) : body,
  });
  return read.ok ? read.value : read.error.reason;
}

describe("multipart fields", () => {
  it("are read beside files, whatever the files hold", () => {
    const file = part(
      'form-data; name="scan"; filename="C:\\a.pdf"',
      "\r\n--other\r\n%PDF",
      "Content-Type: application/pdf\r\n",
    );
    expect(read(field("amount", "1500.50") + file + field("note", "für Bob\r\nzwei") + END)).toEqual({
      amount: 1500.5,
      note: "für Bob\r\nzwei",
    });
  });

  it.each([
    ["as text in UTF-8", field("amount", "5", "Content-Type: text/plain; charset=UTF-8\r\n") + END],
    ["without the last line end", `${field("amount", "5")}--${B}--`],
    ["with a harmless encoding", field("amount", "5", "Content-Transfer-Encoding: binary\r\n") + END],
    [
      "with an empty file beside it",
      field("amount", "5") + part('form-data; name="scan"; filename=""', "") + END,
    ],
  ])("are taken %s", (_how, body) => {
    expect(read(body)).toEqual({ amount: 5 });
  });

  it("are what FormData writes", async () => {
    const form = new FormData();
    form.set("amount", "12");
    form.set("scan", new File(["x"], 'odd "name".txt'));
    const request = new Request("http://h/", { method: "POST", body: form });
    const body = new Uint8Array(await request.arrayBuffer());
    expect(read(body, request.headers.get("content-type") ?? "")).toEqual({ amount: 12 });
  });

  it.each([
    ["repeated", field("amount", "1") + field("amount", "9999") + END],
    ["beside a look-alike", field("amount", "1") + field("amount[]", "9999") + END],
    [
      "beside a file of the name",
      field("amount", "1") + part('form-data; name="amount"; filename="a"', "9999") + END,
    ],
    ["of another type", field("amount", "1", "Content-Type: application/octet-stream\r\n") + END],
    ["in another charset", field("amount", "1", "Content-Type: text/plain; charset=utf-16\r\n") + END],
  ])("are ambiguous when %s", (_how, body) => {
    expect(read(body)).toBe("ambiguous");
  });

  it("are ambiguous when the query names them too, and when they are not UTF-8", () => {
    expect(read(field("amount", "1") + END, undefined, "/transfer?amount=2")).toBe("ambiguous");
    const broken = new Uint8Array([
      ...encode(`--${B}\r\nContent-Disposition: form-data; name="amount"\r\n\r\n`),
      0xff,
      ...encode(`\r\n${END}`),
    ]);
    expect(read(broken)).toBe("ambiguous");
  });

  it.each([
    ["text before the first boundary", `x\r\n${field("amount", "1")}${END}`],
    ["text after the last boundary", `${field("amount", "1")}${END}x`],
    ["a second form after the last boundary", field("amount", "1") + END + field("amount", "9") + END],
    ["no last boundary", field("amount", "1")],
    ["bare line ends", (field("amount", "1") + END).replaceAll("\r\n", "\n")],
    [
      "a bare line end before a boundary",
      `--${B}\r\nContent-Disposition: form-data; name="amount"\r\n\r\n1\n${END}`,
    ],
    ["space after a boundary", (field("amount", "1") + END).replace(`${B}\r\n`, `${B} \r\n`)],
    ["a boundary inside a value", field("amount", `1--${B}`) + END],
    [
      "a boundary that goes on",
      (field("amount", "1") + field("note", "a") + END).replace(`\r\n--${B}\r\n`, `\r\n--${B}x\r\n`),
    ],
    ["a folded header", part('form-data;\r\n name="amount"', "1") + END],
    ["no disposition", `--${B}\r\nContent-Type: text/plain\r\n\r\n1\r\n${END}`],
    ["two dispositions", field("amount", "1", 'Content-Disposition: form-data; name="note"\r\n') + END],
    ["two names", part('form-data; name="note"; name="amount"', "1") + END],
    ["a name without quotes", part("form-data; name=amount", "1") + END],
    ["an escaped quote", part('form-data; name="a\\"; name="amount"', "1") + END],
    [
      "an escaped quote in a file name",
      part('form-data; name="note"; filename="a\\"; name="amount"', "1") + END,
    ],
    [
      "a file name in two ways",
      part('form-data; name="amount"; filename="a"; filename*=utf-8\'\'b', "1") + END,
    ],
    ["a file name in the extended form", part("form-data; name=\"amount\"; filename*=utf-8''b", "1") + END],
    ["another disposition", part('attachment; name="amount"', "1") + END],
    ["an encoding", field("amount", "MQ==", "Content-Transfer-Encoding: base64\r\n") + END],
    ["an escaped name", field("am%6funt", "1") + END],
    ["a header that is none", field("amount", "1", "oops\r\n") + END],
    ["nothing but the end", END.slice(0, 4)],
    ["too many parts", Array.from({ length: 1001 }, (_, i) => field(`f${i}`, "1")).join("") + END],
  ])("are refused with %s", (_what, body) => {
    expect(read(body)).toBe("malformed_body");
  });

  it("need not be there when there are no parts", () => {
    expect(read(END)).toBe("missing");
  });

  it.each([
    "multipart/form-data",
    `multipart/form-data; charset=utf-8; boundary=${B}`,
    `multipart/form-data; boundary=${B}; charset=utf-8`,
    `multipart/form-data; boundary=${B}; boundary=x`,
    "multipart/form-data; boundary=a b",
    'multipart/form-data; boundary=""',
    `multipart/mixed; boundary=${B}`,
    `multipart/form-data, text/plain; boundary=${B}`,
    "application/x-www-form-urlencoded",
    "application/json",
  ])("are not read from %j", (contentType) => {
    expect(read(field("amount", "1") + END, contentType)).not.toEqual({ amount: 1 });
    expect(boundaryOf(contentType)).toBeNull();
  });

  it("are reserved for no method override", () => {
    expect(read(field("amount", "1") + field("_method", "PUT") + END)).toBe("reserved_field");
    expect(read(field("amount", "1") + field("_charset_", "utf-7") + END)).toBe("reserved_field");
  });
});

describe("whatever is sent", () => {
  const piece = fc.constantFrom(
    `--${B}`,
    "--",
    "\r\n",
    "\n",
    "Content-Disposition: form-data; ",
    'name="amount"',
    '; filename="f"',
    "\r\n\r\n",
    "1",
    '"',
    "\\",
    "x",
  );

  property(
    "never throws",
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(piece, { maxLength: 30 }).map((parts) => encode(parts.join(""))),
    ),
    (body) => {
      expect(() => readMultipart(body, B)).not.toThrow();
    },
    3000,
  );

  property(
    "what is accepted means the same to the platform's own parser",
    fc.tuple(
      fc.array(fc.tuple(fc.constantFrom("amount", "note", "x"), fc.string({ maxLength: 12 })), {
        maxLength: 4,
      }),
      fc.array(fc.tuple(fc.nat(400), piece), { maxLength: 1 }),
    ),
    ([fields, insertions]) => {
      let text = fields.map(([name, value]) => field(name, value)).join("") + END;
      for (const [at, what] of insertions) {
        text = text.slice(0, at) + what + text.slice(at);
      }
      const parsed = readMultipart(encode(text), B);
      if (parsed !== null) {
        accepted.push([text, parsed.fields.map(({ name, value }) => [name, value])]);
      }
    },
  );
  const accepted: [string, unknown][] = [];

  it("(compared)", async () => {
    expect(accepted.length).toBeGreaterThan(50);
    for (const [text, fields] of accepted) {
      const headers = { "content-type": `multipart/form-data; boundary=${B}` };
      const form = await new Response(encode(text), { headers }).formData().catch(() => null);
      if (form === null) {
        continue; // it is stricter still
      }
      expect([...form].filter(([, value]) => typeof value === "string")).toEqual(fields);
    }
  });
});
