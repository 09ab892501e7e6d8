import { fc } from "../../support/properties.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEdge, type Edge } from "../../support/edge.ts";
import { valuesOf } from "../../support/http1.ts";
import { ORIGIN_MODELS } from "../../support/origin-models.ts";
import { openRaw, readAnswer, sendRaw, statusOf, type RawAnswer } from "../../support/raw-client.ts";
import { startRawOrigin, type RawOrigin } from "../../support/raw-origin.ts";

const RUNS = Number(process.env["UNAVOIDABLE_RUNS"] ?? 600);

/** `sensitive` asks Authsignal, which does not answer here: what is stepped up ends as 503. */
const POLICY = {
  version: 1,
  default: { require: "nothing" },
  routes: [
    { id: "closed", match: { path: "/closed/*" }, require: "deny" },
    { id: "private", match: { path: "/private/*" }, require: "sign-in" },
    step("transfer", { methods: ["POST"], path: "/transfer" }),
    step("delete", { methods: ["DELETE"], path: "/payees/:id" }),
    { id: "change", match: { methods: ["POST"], path: "/payees/:id" }, require: "sign-in" },
    step("live", { methods: ["GET"], path: "/live" }),
  ],
};

const OK = { answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") };

let origin: RawOrigin;
let edge: Edge;
let host: string;
let token: string;

beforeAll(async () => {
  origin = await startRawOrigin();
  edge = await startEdge({ origin: origin.url, policy: POLICY });
  host = new URL(edge.url).host;
  token = await edge.issuer.token();
});

afterAll(async () => {
  await edge.stop();
  await origin.close();
});

beforeEach(() => origin.script(OK));

const send = (method: string, target: string, lines: readonly string[] = [], body = "") =>
  sendRaw(
    edge.port,
    Buffer.from(
      [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...lines, ...lengthOf(body), "", body].join("\r\n"),
      "latin1",
    ),
  );

const lengthOf = (body: string) => (body === "" ? [] : [`Content-Length: ${body.length}`]);

describe("the path", () => {
  const piece = fc.constantFrom(
    "/",
    "/",
    "/",
    "/",
    "closed",
    "private",
    "transfer",
    "CLOSED",
    "Private",
    "TRANSFER",
    "x",
    "payees",
    "7",
    "%2f",
    "%2F",
    "%252f",
    "..",
    ".",
    "%2e%2e",
    "%252e%252e",
    "%5c",
    "\\",
    "%255c",
    ";",
    ";a=1",
    "%3b",
    "%09",
    "%20",
    "%74",
    "%2574",
    "%00",
    "%2500",
    "%3f",
    "%23",
    "?",
    "#",
    "%",
    "%zz",
    "%c5%bf",
    "%ef%bc%8f",
    "%c0%ae",
    "%c0%af",
    "%u002f",
    "%u002E",
    ".json",
    ".a.b",
    "index.php/",
    "\u00e9",
    "+",
  );
  const target = fc.array(piece, { minLength: 1, maxLength: 9 }).map((parts) => `/${parts.join("")}`);

  it(
    "that reaches the origin from nobody needs nothing, whatever the origin makes of it",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom("GET", "POST"), target, async (method, sent) => {
          origin.script(OK);
          await sendRaw(
            edge.port,
            Buffer.from(`${method} ${sent} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, "utf8"),
          );
          for (const { startLine } of origin.arrivals) {
            const arrived = startLine.split(" ")[1] ?? "";
            const path = arrived.split("?")[0] ?? "";
            // What was judged is what was sent: serialising it again changes nothing.
            expect(new URL(`http://localhost:1${arrived}`).href).toBe(`http://localhost:1${arrived}`);
            for (const [name, model] of Object.entries(ORIGIN_MODELS)) {
              const seen = model(path);
              const isProtected =
                /^\/(?:closed|private)(?:\/|$)/.test(seen) || (method === "POST" && seen === "/transfer");
              expect(isProtected ? `${name}: ${seen}` : "free").toBe("free");
            }
          }
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 100,
  );

  it.each([
    ["a dot segment", "/x/../closed/a"],
    ["an encoded dot segment", "/x/%2e%2e/closed/a"],
    ["a backslash", "/x/..\\closed"],
    ["a NUL", "/closed%00"],
    ["a twice encoded NUL", "/closed%2500"],
    ["an asterisk", "*"],
  ])("is refused with %s", async (_, path) => {
    const { final } = await send("GET", path);
    expect([statusOf(final), codeOf(final)]).toEqual([400, "invalid_target"]);
    expect(origin.arrivals).toEqual([]);
  });

  it("is judged for HEAD as for GET", async () => {
    expect(statusOf((await send("HEAD", "/live")).final)).toBe(401);
    expect(origin.arrivals).toEqual([]);
  });

  it("takes no unsafe method that a sensitive route does not list", async () => {
    const { final } = await send("PUT", "/transfer", [`Authorization: Bearer ${token}`]);
    expect([statusOf(final), valuesOf(final?.fields ?? [], "allow")]).toEqual([
      405,
      ["GET, HEAD, OPTIONS, POST"],
    ]);
    expect(origin.arrivals).toEqual([]);
  });
});

describe("a method override", () => {
  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "x_http_method_override"])(
    "in %s does not reach the origin",
    async (name) => {
      await send("POST", "/payees/7", [`Authorization: Bearer ${token}`, `${name}: DELETE`], "a=1");
      expect(origin.arrivals).toHaveLength(1);
      expect(valuesOf(origin.arrivals[0]?.fields ?? [], name)).toEqual([]);
    },
  );

  it.each([
    ["a query", "/payees/7?_method=delete", "a=1", "application/x-www-form-urlencoded"],
    ["a form", "/payees/7", "_method=delete", "application/x-www-form-urlencoded"],
    ["a form, escaped", "/payees/7", "a=1&%5fmethod=dele%74e", "application/x-www-form-urlencoded"],
    ["JSON", "/payees/7", '{"_method":"DELETE"}', "application/json"],
    ["a query, as a header's name", "/payees/7?X-HTTP-Method-Override=DELETE", "a=1", "text/plain"],
    ["a form, as a header's name", "/payees/7", "X-HTTP-Method-Override=DELETE", "text/plain"],
    [
      "multipart",
      "/payees/7",
      '--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\ndelete\r\n--b--',
      "multipart/form-data; boundary=b",
    ],
  ])("in %s is judged as that method", async (_, path, body, type) => {
    const { final } = await send(
      "POST",
      path,
      [`Authorization: Bearer ${token}`, `Content-Type: ${type}`],
      body,
    );
    // Stepped up: Authsignal does not answer here, and nothing gets past that.
    expect([statusOf(final), codeOf(final)]).toEqual([503, "step_up_unavailable"]);
    expect(origin.arrivals).toEqual([]);
  });

  it("is looked for in a body that then goes on as it was", async () => {
    const body = "name=Ann&payment_method=card";
    const { final } = await send("POST", "/payees/7", [`Authorization: Bearer ${token}`], body);
    expect(statusOf(final)).toBe(200);
    expect(origin.arrivals[0]?.body.toString()).toBe(body);
  });

  it("cannot hide in a body that is encoded, or too long to look at", async () => {
    const signed = [`Authorization: Bearer ${token}`];
    const encoded = await send("POST", "/payees/7", [...signed, "Content-Encoding: gzip"], "xx");
    // Its length alone is enough: a body on its way when the answer comes could reset the connection.
    const long = await send("POST", "/payees/7", [...signed, "Content-Length: 1048577"]);
    expect([statusOf(encoded.final), statusOf(long.final)]).toEqual([415, 413]);
    expect(origin.arrivals).toEqual([]);
  });

  it("costs nobody's body a look: who is not signed in is told so first", async () => {
    const { socket, reader } = await openRaw(edge.port);
    socket.write(`POST /payees/7 HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`);
    expect(statusOf((await readAnswer(reader, false)).final)).toBe(401);
    socket.destroy();
  });
});

describe("a Destination", () => {
  const lead = async (destination: string, method = "MOVE", target = "/free/a") => {
    const { final } = await send(method, target, [`Destination: ${destination}`]);
    return [statusOf(final), codeOf(final), origin.arrivals.length];
  };

  it.each([
    ["a path that needs a sign-in", "/private/b", 401, "sign_in_required"],
    ["the same, disguised", "/free/;/..%2f..%2fPRIVATE", 401, "sign_in_required"],
    ["a closed path", "http://HOST/closed/b", 403, "denied"],
    ["a path where a PUT is refused", "/transfer", 405, "method_not_allowed"],
    ["another host", "http://evil.example/free/b", 400, "invalid_target"],
    ["a host without a scheme", "//HOST/free/b", 400, "invalid_target"],
    ["a dot segment", "http://HOST/free/../closed/b", 400, "invalid_target"],
    ["what a URL parser writes otherwise", "/free/{b}", 400, "invalid_target"],
    ["two places", "/free/b\r\nDestination: /closed/b", 400, "invalid_target"],
  ])("that names %s needs what it needs there", async (_, destination, status, code) => {
    for (const method of ["MOVE", "COPY"]) {
      expect(await lead(destination.replace("HOST", host), method)).toEqual([status, code, 0]);
    }
  });

  it("of a POST counts as soon as a field makes it a MOVE", async () => {
    expect(await lead("/closed/b", "POST", "/free/a?_method=MOVE")).toEqual([403, "denied", 0]);
    const { final } = await send("POST", "/free/a", ["Destination: /closed/b"], "_method=MOVE");
    expect([statusOf(final), codeOf(final), origin.arrivals.length]).toEqual([403, "denied", 0]);
  });

  it.each(["/free/b%20c?x=1", "http://HOST/free/b"])("(%s) goes on as it was judged", async (destination) => {
    const sent = destination.replace("HOST", host);
    expect(await lead(sent)).toEqual([200, undefined, 1]);
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "destination")).toEqual([sent]);
  });

  it("of another method is the app's own", async () => {
    expect(await lead("Rome", "POST")).toEqual([200, undefined, 1]);
    expect(valuesOf(origin.arrivals[0]?.fields ?? [], "destination")).toEqual(["Rome"]);
  });

  it("in the body of a BIND cannot lead anywhere: the runtime does not know the method", async () => {
    expect(statusOf((await send("BIND", "/free/a")).final)).toBe(501);
    expect(statusOf((await send("REBIND", "/free/a")).final)).toBe(501);
    expect(origin.arrivals).toEqual([]);
  });
});

describe("a header that names another path", () => {
  it.each([
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Original-Path",
    "x.envoy.original.path",
    "SCRIPT_NAME",
    "X-Script-Name",
    "PATH_INFO",
  ])("(%s) does not reach the origin", async (name) => {
    await send("GET", "/free/private/a", [`${name}: /free`, "X-Other: 1"]);
    expect(origin.arrivals).toHaveLength(1);
    const fields = origin.arrivals[0]?.fields ?? [];
    expect([valuesOf(fields, name), valuesOf(fields, "X-Other")]).toEqual([[], ["1"]]);
  });
});

describe("a header that the gateway sets", () => {
  const SET = [
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Host",
    "X-Forwarded-For",
    "Sallyport-Assertion",
  ];
  const spelling = fc
    .tuple(
      fc.constantFrom(...SET),
      fc.array(fc.constantFrom("-", "_", ".", "~", "!"), { minLength: 3, maxLength: 3 }),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
    )
    .map(([name, separators, capitals]) =>
      name
        .split("-")
        .map((part, index) => (index === 0 ? part : (separators[index - 1] ?? "-") + part))
        .join("")
        .replace(/[a-z]/gi, (letter, at: number) =>
          capitals[at] ? letter.toUpperCase() : letter.toLowerCase(),
        ),
    );

  it("is only ever the gateway's own, in whatever spelling the client sends it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spelling, { minLength: 1, maxLength: 6 }), async (names) => {
        origin.script(OK);
        await send("GET", "/private/a", [
          `Authorization: Bearer ${token}`,
          `Connection: ${SET.join(", ")}`,
          ...names.map((name) => `${name}: forged`),
        ]);
        const fields = origin.arrivals[0]?.fields ?? [];
        expect(fields.filter(([, value]) => value.includes("forged"))).toEqual([]);
        expect(valuesOf(fields, "X-Forwarded-User")).toHaveLength(1);
        expect(valuesOf(fields, "Sallyport-Assertion")).toHaveLength(1);
        expect(valuesOf(fields, "X-Forwarded-Host")).toEqual([host]);
      }),
      { numRuns: 200 },
    );
  }, 30_000);

  it("tells the client's address as the edge knows it, whatever the client says", async () => {
    await send("GET", "/free", [
      "CF-Connecting-IP: 192.0.2.7",
      "CF_Connecting_IP: 203.0.113.9",
      "X-Forwarded-For: 203.0.113.9",
      "Forwarded: for=203.0.113.9",
      "X-Real-IP: 203.0.113.9",
    ]);
    const fields = origin.arrivals[0]?.fields ?? [];
    expect(valuesOf(fields, "X-Forwarded-For")).toEqual(["192.0.2.7"]);
    expect(JSON.stringify(fields)).not.toContain("203.0.113.9");
  });

  it("cannot come as a trailer", async () => {
    await sendRaw(
      edge.port,
      `POST /free HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-User\r\n\r\n1\r\na\r\n0\r\nX-Forwarded-User: forged\r\n\r\n`,
    );
    expect(origin.arrivals[0]?.trailers).toEqual([]);
    expect(JSON.stringify(origin.arrivals[0]?.fields)).not.toContain("forged");
  });

  it("has no effect on the gateway either", async () => {
    const forged = [
      "X-Forwarded-User: x",
      "Sallyport-Assertion: x",
      "Sallyport-Request-Id: forged",
      "X-Original-URL: /free",
    ];
    const { final } = await send("GET", "/private/a", forged);
    expect(statusOf(final)).toBe(401);
    expect(final?.body.toString()).not.toContain("forged");
  });
});

describe("the host", () => {
  it.each([
    ["another host", "evil.example"],
    ["another port", "127.0.0.1:1"],
    ["a user in front of it", "a@127.0.0.1"],
    ["a path behind it", "127.0.0.1/x"],
  ])("is refused when it is %s", async (_, name) => {
    const { final } = await sendRaw(edge.port, `GET /free HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
    expect([400, 421]).toContain(statusOf(final));
    expect(origin.arrivals).toEqual([]);
  });

  it("decides nothing that leaves the gateway: not a redirect, not a cookie, not the origin's address", async () => {
    const navigation = ["Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
    const forged = [
      "X-Forwarded-Host: evil.example",
      "Forwarded: host=evil.example",
      "X-Forwarded-Proto: ftp",
    ];
    const { final } = await sendRaw(
      edge.port,
      [`GET http://evil.example/private/a HTTP/1.1`, `Host: ${host}`, ...navigation, ...forged, "", ""].join(
        "\r\n",
      ),
    );
    expect(statusOf(final)).toBe(303);
    expect(JSON.stringify(final?.fields)).not.toContain("evil");
    expect(valuesOf(final?.fields ?? [], "cache-control")).toEqual(["no-store"]);
    expect(valuesOf(final?.fields ?? [], "location")[0]).toContain(encodeURIComponent(edge.url));
  });
});

describe("a WebSocket on a protected route", () => {
  const upgrade = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  const accept = {
    answer: () =>
      Buffer.from(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
      ),
  };

  it.each([
    ["from nobody", "/private/socket", [], 401],
    ["on a closed route", "/closed/socket", [], 403],
    ["with a bad token", "/private/socket", ["Authorization: Bearer x.y.z"], 401],
  ])("is refused %s before the origin sees it", async (_, path, lines, status) => {
    origin.script(accept);
    expect(statusOf((await send("GET", path, [...upgrade, ...lines])).final)).toBe(status);
    expect(origin.arrivals).toEqual([]);
  });

  it("is stepped up before the origin sees it", async () => {
    origin.script(accept);
    const { final } = await send("GET", "/live", [...upgrade, `Authorization: Bearer ${token}`]);
    expect([statusOf(final), origin.arrivals]).toEqual([503, []]);
  });

  it.each([
    ["no Origin", [], 403, 0],
    ["another site's Origin", ["Origin: https://evil.example"], 403, 0],
    ["a null Origin", ["Origin: null"], 403, 0],
    ["the app's Origin", ["Origin: APP"], 502, 1],
  ])("by cookie with %s", async (_, lines, status, arrivals) => {
    // The origin hangs up, so that what got through shows as a 502.
    origin.script({ answer: () => undefined });
    const cookie = `Cookie: ${await edge.sessionCookie()}`;
    const { final } = await send("GET", "/private/socket", [
      ...upgrade,
      cookie,
      ...lines.map((line) => line.replace("APP", edge.url)),
    ]);
    expect([statusOf(final), origin.arrivals.length]).toEqual([status, arrivals]);
  });
});

function step(action: string, match: object): object {
  return { id: action, match, require: "step-up", action, attributes: {} };
}

function codeOf(final: RawAnswer["final"]): unknown {
  const text = final?.body.toString() ?? "";
  // The gateway's own problem documents are JSON objects.
  return text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>)["code"] : undefined;
}
