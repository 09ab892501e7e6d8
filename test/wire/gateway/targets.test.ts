import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fc } from "../../unit/policy/property.ts";
import { startBareGateway, type BareGateway } from "../../support/bare-gateway.ts";
import { sendBytes, statusOf } from "../../support/http.ts";
import { trackedReply } from "../../support/scripted-authsignal.ts";

const BODY = '{"amount":5}';
const RUNS = 400;

let gateway: BareGateway;
beforeAll(async () => {
  gateway = await startBareGateway();
});
beforeEach(() => {
  gateway.origin.clear();
  gateway.authsignal.clear();
});
afterAll(() => gateway.close());

/** Sends a request line and head as they are, with a user's token. */
function post(
  target: string,
  options: { readonly host?: string; readonly more?: string } = {},
): Promise<string> {
  const host = options.host ?? new URL(gateway.url).host;
  return sendBytes(
    gateway.url,
    `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${gateway.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n${options.more ?? ""}\r\n${BODY}`,
  );
}

/** Every path that some origin may take a target for: an oracle of its own, blunter than the gateway's readings. */
function meanings(target: string): string[] {
  const found = new Set([target.split("?")[0] ?? ""]);
  for (let round = 0; round < 4; round += 1) {
    for (const path of Array.from(found)) {
      found.add(
        path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
      );
      found.add(path.replaceAll("\\", "/"));
      found.add(path.replaceAll(/;[^/]*/g, ""));
      found.add(path.replaceAll(/\/{2,}/g, "/"));
      found.add(path.replace(/[?#\0].*$/s, ""));
      found.add(path.replaceAll(/[\t\r\n]/g, ""));
      found.add(path.replaceAll(/[. ]+(?=\/|$)/g, (dots, at: number) => (path[at - 1] === "/" ? dots : "")));
      found.add(path.replace(/(?<=.)\/+$/, ""));
      found.add(new URL(`http://h${path.startsWith("/") ? path : `/${path}`}`).pathname);
    }
  }
  return [...found].map((path) => path.toLowerCase());
}

const isTransfer = (target: string) => meanings(target).includes("/transfer");

describe("a target as it comes over the wire", () => {
  it("is forwarded byte for byte where it is plain", async () => {
    for (const target of [
      "/a/b?c=d&e=%2F",
      "/@scope%2fname",
      "/a//b",
      "/a;v=1/b",
      "/%E2%82%AC",
      "/a.b~c_d-e",
    ]) {
      expect(statusOf(await post(target)), target).toBe(200);
      expect(gateway.origin.arrivals().at(-1)?.url).toBe(target);
    }
  });

  it.each([
    "/x/../transfer",
    "/../transfer",
    "/%2e%2e/transfer",
    "/x/%2E%2E/transfer",
    "/x/.%2e/transfer",
    "/./transfer",
    "/%2e/transfer",
    "/transfer/.",
    "/transfer/x/..",
    "/x\\..\\transfer",
    "\\transfer",
    "/transfer\\",
    "/transfer%00",
    "/transfer%2500",
    "/trans\tfer",
  ])("is refused where parsers disagree: %j", async (target) => {
    expect(statusOf(await post(target))).toBe(400);
    expect(gateway.origin.arrivals()).toEqual([]);
    expect(gateway.authsignal.questions()).toEqual([]);
  });

  it.each([
    "/transfer",
    "//transfer",
    "/TRANSFER",
    "/Transfer",
    "/transfer/",
    "/transfer//",
    "/transfer%2f",
    "/%2ftransfer",
    "/transfer;x",
    "/transfer;x=1;y",
    "/;x/transfer",
    "/tr%61nsfer",
    "/tr%2561nsfer",
    "/transfer%20",
    "/transfer.",
    "/transfer%3fx",
    "/transfer%23x",
    "/x%2f..%2ftransfer",
    "/x/%252e%252e/transfer",
    "/x%5c..%5ctransfer",
    "//evil.example/transfer",
    "/%EF%BD%94ransfer",
    "/transfer%09",
    "/transfer?a=1",
    "/transfer#x",
  ])("never gets less than the step-up of what it may mean: %j", async (target) => {
    gateway.authsignal.answerWith((question) => trackedReply(question, { state: "BLOCK" }));
    expect([400, 403, 405]).toContain(statusOf(await post(target)));
    expect(gateway.origin.arrivals()).toEqual([]);
  });

  it("never reaches the origin as a transfer that was not allowed, however it is spelled", async () => {
    gateway.authsignal.answerWith((question) => trackedReply(question, { state: "BLOCK" }));
    const spelled = fc
      .tuple(
        fc.array(fc.constantFrom("plain", "upper", "escaped", "twice"), { minLength: 8, maxLength: 8 }),
        fc.constantFrom(
          "",
          "/x/..",
          "/..",
          "/%2e%2e",
          "/.",
          "/",
          "/;a",
          "/x%2f..",
          "/%5c",
          "\\",
          "/x/.;/..",
          "/%252e",
        ),
        fc.constantFrom(
          "",
          "/",
          "//",
          ".",
          "%20",
          "%2f",
          ";x",
          "/.",
          "/..",
          "%00",
          "%09",
          "\\",
          "%5c",
          "?x=/y",
          "#",
          "%23",
          "/x/..",
          "/%2e",
          ";/",
          "%252f",
        ),
        fc.constantFrom("", "http://evil.example", "http://127.0.0.1", "//"),
      )
      .map(([ways, before, after, front]) => {
        const word = ways.map((way, index) => spellLetter("transfer"[index] ?? "", way)).join("");
        return `${front}${before}/${word}${after}`;
      });
    await fc.assert(
      fc.asyncProperty(spelled, async (target) => {
        gateway.origin.clear();
        const status = statusOf(await post(target));
        expect(status, target).not.toBe(500);
        for (const { url } of gateway.origin.arrivals()) {
          expect(isTransfer(url), `${target} arrived as ${url}`).toBe(false);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("arrives as its WHATWG serialisation, whatever it is: what is judged is what is sent", async () => {
    const piece = fc.constantFrom(
      "a",
      "B",
      "/",
      "//",
      "%2f",
      "%2F",
      ";v",
      "=",
      "@",
      ":",
      "+",
      "*",
      "'",
      "(",
      "!",
      "%41",
      "^",
      "{",
      "|",
      "~",
      "%25",
      "?",
      "&",
      ",",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const target = `/${pieces.join("")}`;
        gateway.origin.clear();
        const status = statusOf(await post(target));
        const [arrival] = gateway.origin.arrivals();
        if (status === 200) {
          // The serialisation keeps a lone `?`, which `search` does not show.
          const { href, origin } = new URL(`http://h.example${target}`);
          expect(arrival?.url).toBe(href.slice(origin.length));
        } else {
          expect([400, 403, 404, 405]).toContain(status);
          expect(arrival).toBeUndefined();
        }
      }),
      { numRuns: RUNS },
    );
  });
});

function spellLetter(letter: string, way: string): string {
  const hex = letter.charCodeAt(0).toString(16);
  switch (way) {
    case "upper":
      return letter.toUpperCase();
    case "escaped":
      return `%${hex}`;
    case "twice":
      return `%25${hex}`;
    default:
      return letter;
  }
}

describe("the host", () => {
  it.each(["evil.example", "evil/x", "127.0.0.1", "127.0.0.1:1", "user@127.0.0.1", "[::1]", "127.1"])(
    "%s is not served here",
    async (host) => {
      const answer = await post("/a", { host });
      expect([400, 421]).toContain(statusOf(answer));
      expect(gateway.origin.arrivals()).toEqual([]);
    },
  );

  it("of an absolute target does not count", async () => {
    expect(statusOf(await post("http://evil.example/a"))).toBe(200);
    expect(gateway.origin.arrivals()[0]?.url).toBe("/a");
    expect(gateway.origin.arrivals()[0]?.headers["x-forwarded-host"]).toBe(new URL(gateway.url).host);
  });
});

describe("Sallyport's own paths", () => {
  it.each([
    "/.sallyport/nothing",
    "/.sallyport/",
    "/.sallyport//",
    "/.sallyport/x/y",
    "/.sallyport/health/x",
  ])("%s is 404 and never the origin's", async (target) => {
    expect(statusOf(await post(target))).toBe(404);
    expect(gateway.origin.arrivals()).toEqual([]);
  });
});

describe("methods", () => {
  it.each(["PUT", "PATCH", "DELETE", "QUERY", "PROPFIND"])(
    "%s, which a sensitive route does not list, is 405",
    async (method) => {
      const answer = await sendBytes(
        gateway.url,
        `${method} /transfer HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\nAuthorization: Bearer ${gateway.token}\r\n` +
          "Content-Length: 0\r\nConnection: close\r\n\r\n",
      );
      expect(statusOf(answer)).toBe(405);
      expect(answer).toMatch(/\r\nallow: GET, HEAD, OPTIONS, POST\r\n/i);
      expect(gateway.origin.arrivals()).toEqual([]);
    },
  );

  it("HEAD of a sensitive GET is sensitive", async () => {
    gateway.authsignal.answerWith((question) => trackedReply(question, { state: "BLOCK" }));
    const answer = await sendBytes(
      gateway.url,
      `HEAD /records/1 HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\nAuthorization: Bearer ${gateway.token}\r\nConnection: close\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(403);
    expect(gateway.origin.arrivals()).toEqual([]);
  });

  it("a method override cannot turn an ordinary request into a sensitive one", async () => {
    const answer = await post("/x", {
      more: "X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /transfer\r\nX-Rewrite-Url: /transfer\r\nX_Method_Override: PUT\r\n",
    });
    expect(statusOf(answer)).toBe(200);
    const names = gateway.origin.arrivals()[0]?.names.map((name) => name.toLowerCase()) ?? [];
    expect(names.filter((name) => /override|original|rewrite/.test(name))).toEqual([]);
  });
});
