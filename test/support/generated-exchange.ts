import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { fc } from "./properties.ts";
import { chunkedBytes, headBytes, type Fields } from "./http1.ts";

/** A generated request, before the parts that depend on where it is sent. */
export interface GeneratedRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: Fields;
  readonly body: GeneratedBody;
}

/** A generated answer of the origin. */
export interface GeneratedAnswer {
  readonly interim: readonly string[];
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
  readonly body: GeneratedBody;
}

/** Bytes and how they are framed. */
export interface GeneratedBody {
  readonly framing: "none" | "length" | "chunked" | "close";
  readonly chunks: readonly Buffer[];
  readonly trailers: Fields;
}

const METHODS = [
  ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PROPPATCH", "QUERY"],
  ["REPORT", "SEARCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "MERGE", "NOTIFY", "PURGE", "TRACE"],
].flat();

const STATUSES = [
  200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403,
  404, 405, 406, 407, 409, 410, 412, 413, 415, 416, 418, 421, 422, 425, 426, 428, 429, 431, 451, 499, 500,
  501, 502, 503, 504, 511, 599,
];

const printable = (extra: string) =>
  fc
    .array(
      fc.constantFrom(
        ..."abcXYZ0189-._~!$&()*+,=:@/?#[]{}|^`\"'<>%\\ ".split(""),
        ...extra.split(""),
        "\t",
        "\u00e9",
        "\u00ff",
        "\u0080",
      ),
      { maxLength: 24 },
    )
    .map((characters) => characters.join("").replace(/^[ \t]+|[ \t]+$/g, ""));

const value = printable(";");

/** Cookie pairs as browsers send them, odd bytes included, but no commas: those have tests of their own. */
const cookiePair = fc
  .tuple(
    fc.constantFrom(
      "a",
      "b",
      "session",
      "_ga",
      "x[y]",
      "__Host-app",
      "__Host-sallyport-session",
      "__HOST-Sallyport-x",
    ),
    fc
      .array(fc.constantFrom(..."abc019!#$%&'()*+-./:<=>?@[]^_`{|}~".split(""), "\u00e9", "\u00ff"), {
        maxLength: 12,
      })
      .map((characters) => characters.join("")),
  )
  .map(([name, content]) => `${name}=${content}`);

const cookieLine = fc.array(cookiePair, { minLength: 1, maxLength: 4 }).map((pairs) => pairs.join("; "));

const fieldOf = (names: readonly string[], content: fc.Arbitrary<string> = value) =>
  fc.tuple(fc.constantFrom(...names), content);

const requestField = fc.oneof(
  {
    weight: 5,
    arbitrary: fieldOf(["Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "Referer", "DNT"]),
  },
  {
    weight: 5,
    arbitrary: fieldOf([
      "X-Custom",
      "x-custom",
      "X_Custom",
      "api_key",
      "X.Dot",
      "traceparent",
      "Via",
      "Priority",
    ]),
  },
  {
    weight: 3,
    arbitrary: fieldOf(["If-None-Match", "If-Modified-Since", "Range", "Cache-Control", "Pragma", "Origin"]),
  },
  {
    weight: 3,
    arbitrary: fieldOf([
      "Sec-Fetch-Site",
      "Sec-CH-UA",
      "Content-Language",
      "Content-Encoding",
      "Content-Type",
    ]),
  },
  { weight: 3, arbitrary: fieldOf(["Cookie", "cookie"], cookieLine) },
  {
    weight: 4,
    arbitrary: fieldOf([
      "X-Forwarded-For",
      "x_forwarded_for",
      "X-Forwarded-User",
      "X.Forwarded.User",
      "X-FORWARDED_Proto",
      "X-Real-IP",
      "Forwarded",
      "Sallyport-Assertion",
      "sallyport_assertion",
      "Sallyport-Anything",
      "X-HTTP-Method-Override",
      "X-Original-URL",
      "X-Rewrite-Url",
      "X-Auth-Request-Email",
      "X-Amzn-Oidc-Data",
      "Remote-User",
      "CF_Connecting_IP",
      "Content_Type",
      "Content_Length",
      "Cookie_",
      "Authorization_",
      "Proxy-Authorization",
      "Proxy-Connection",
    ]),
  },
  {
    weight: 1,
    arbitrary: fieldOf(
      ["Connection"],
      fc
        .subarray([
          "keep-alive",
          "X-Custom",
          "X-Forwarded-Host",
          "sallyport-assertion",
          "Content-Type",
          "Range",
          "Via",
        ])
        .map((names) => names.join(", ")),
    ),
  },
  { weight: 1, arbitrary: fieldOf(["Keep-Alive", "TE", "Trailer", "HTTP2-Settings"]) },
);

const answerField = fc.oneof(
  { weight: 5, arbitrary: fieldOf(["Set-Cookie", "set-cookie"]) },
  {
    weight: 4,
    arbitrary: fieldOf(["Content-Type", "ETag", "Last-Modified", "Server", "Date", "Age", "Link", "Vary"]),
  },
  {
    weight: 4,
    arbitrary: fieldOf(["X-Custom", "x-custom", "X_Custom", "Server-Timing", "Content-Security-Policy"]),
  },
  {
    weight: 3,
    arbitrary: fieldOf(["WWW-Authenticate", "Proxy-Authenticate", "Alt-Svc", "Strict-Transport-Security"]),
  },
  {
    weight: 2,
    arbitrary: fieldOf(["Cache-Control", "Expires", "Content-Range", "Accept-Ranges", "Content-Disposition"]),
  },
  {
    weight: 2,
    arbitrary: fieldOf(["Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "X-Frame-Options"]),
  },
  {
    weight: 1,
    arbitrary: fieldOf(
      ["Connection"],
      fc.subarray(["keep-alive", "X-Custom", "Set-Cookie", "Link", "Via"]).map((names) => names.join(", ")),
    ),
  },
  { weight: 1, arbitrary: fieldOf(["Keep-Alive", "Trailer"]) },
);

const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
const chunks = fc.array(bytes, { maxLength: 5 });
const trailers = fc.array(fieldOf(["X-Trailer", "X-Forwarded-User", "ETag"]), { maxLength: 2 });

/** Compressed once, twice, or only said to be. */
const encoded = fc.oneof(
  bytes.map((raw) => ["gzip", gzipSync(raw)] as const),
  bytes.map((raw) => ["br", brotliCompressSync(raw)] as const),
  bytes.map((raw) => ["zstd", zstdCompressSync(raw)] as const),
  bytes.map((raw) => ["gzip, br", brotliCompressSync(gzipSync(raw))] as const),
  bytes.map((raw) => ["gzip", raw] as const),
  bytes.map((raw) => ["odd", raw] as const),
);

/** Targets that every parser reads in one way; what is refused has tests of its own. */
const target = fc
  .tuple(
    fc.array(
      fc
        .array(
          fc.constantFrom(
            ..."abcXYZ019-_~!$&()*+,;=:@'".split(""),
            "%61",
            "%2F",
            "%2f",
            "%zz",
            "%",
            "%E9",
            "\u00e9",
            "{",
            "}",
            "a.b",
          ),
          { maxLength: 6 },
        )
        .map((pieces) => pieces.join("").replaceAll(/%(?:00|25)/g, "")),
      { maxLength: 4 },
    ),
    fc.option(
      fc
        .array(fc.constantFrom(..."abc019&=+?/:@!$'()*,;".split(""), "%20", "%zz", "\u00e9", "{", "}"), {
          maxLength: 12,
        })
        .map((pieces) => pieces.join("")),
      { nil: undefined },
    ),
  )
  .map(([segments, query]) => `/${segments.join("/")}${query === undefined ? "" : `?${query}`}`)
  .map((text) => Buffer.from(text, "utf8").toString("latin1"))
  .filter((text) => !/%(?:00|25)/.test(text) && !text.startsWith("/.sallyport"));

/** A request of any method, whose `Host` and credentials are the caller's to add. */
export const generatedRequest: fc.Arbitrary<GeneratedRequest> = fc.record({
  method: fc.constantFrom(...METHODS),
  target,
  fields: fc.array(requestField, { maxLength: 10 }),
  body: fc.record({ framing: fc.constantFrom("none", "none", "length", "chunked"), chunks, trailers }),
});

/** An answer of any status; `originUrl` may appear in its `Location`. */
export function generatedAnswer(originUrl: string): fc.Arbitrary<GeneratedAnswer> {
  const location = fc.constantFrom(
    "/next",
    "next?x=1",
    "https://elsewhere.example/x",
    "//elsewhere.example/x",
    `${originUrl}.evil.example/x`,
    originUrl,
    `${originUrl}/deep?x=${originUrl}`,
    `${originUrl.replace("http:", "HTTPS:")}#f`,
    "mailto:a@b",
    "",
    originUrl.replace("http:", ""),
    `${originUrl}?q`,
    "http://[",
    `http://user@${originUrl.slice(7)}/x`,
  );
  return fc
    .record({
      interim: fc.subarray([
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
      ]),
      status: fc.constantFrom(...STATUSES),
      reason: fc.constantFrom("OK", "Fine Then", "", "Not Really (at all)"),
      fields: fc.array(answerField, { maxLength: 10 }),
      location: fc.option(location, { nil: undefined }),
      content: fc.oneof(
        chunks.map((plain) => [undefined, plain] as const),
        encoded.map(([coding, body]) => [coding, [body]] as const),
      ),
      framing: fc.constantFrom("length" as const, "length" as const, "chunked" as const, "close" as const),
      trailers,
    })
    .map(({ location: to, content: [coding, body], framing, fields, trailers: after, ...head }) => ({
      ...head,
      fields: [
        ...fields,
        ...(to === undefined ? [] : [["Location", to] as const]),
        ...(coding === undefined ? [] : [["Content-Encoding", coding] as const]),
      ],
      body: { framing, chunks: body, trailers: after },
    }));
}

/** The bytes of a request. */
export function requestBytes({ method, target: path, fields, body }: GeneratedRequest, own: Fields): Buffer {
  return Buffer.concat([
    headBytes(`${method} ${path} HTTP/1.1`, [...own, ...fields, ...framingFields(body)]),
    bodyBytes(body),
  ]);
}

/** The bytes of an answer to a request of this method. */
export function answerBytes(
  { interim, status, reason, fields, body }: GeneratedAnswer,
  method: string,
): Buffer {
  const framing = [
    ...framingFields(body),
    ...(body.framing === "close" ? [["Connection", "close"] as const] : []),
  ];
  const head = headBytes(`HTTP/1.1 ${status} ${reason}`, [...fields, ...framing]);
  const isBodyless = method === "HEAD" || status === 204 || status === 304;
  return Buffer.concat([
    ...interim.map((text) => Buffer.from(text)),
    head,
    isBodyless ? Buffer.alloc(0) : bodyBytes(body),
  ]);
}

function framingFields({ framing, chunks: parts }: GeneratedBody): Fields {
  switch (framing) {
    case "length":
      return [["Content-Length", String(Buffer.concat(parts).length)]];
    case "chunked":
      return [["Transfer-Encoding", "chunked"]];
    case "none":
    case "close":
      return [];
  }
}

function bodyBytes({ framing, chunks: parts, trailers: after }: GeneratedBody): Buffer {
  switch (framing) {
    case "chunked":
      return chunkedBytes(parts, after);
    case "length":
    case "close":
      return Buffer.concat(parts);
    case "none":
      return Buffer.alloc(0);
  }
}
