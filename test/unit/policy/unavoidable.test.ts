import { posix } from "node:path";
import { describe, expect } from "vitest";
import { judge } from "../../../src/policy/judge.ts";
import { parseTarget } from "../../../src/policy/target.ts";
import { policyOf } from "./fixtures.ts";
import { fc, test as property } from "./property.ts";

// What origins do to a path, written without a look at src/policy: each is one layer of some real server.
const LAYERS: Readonly<Record<string, (path: string) => string>> = {
  decodes: (path) => {
    const bytes: number[] = [];
    for (let at = 0; at < path.length; at += 1) {
      const escape = /^%([0-9a-f]{2})/i.exec(path.slice(at, at + 3));
      if (escape?.[1] !== undefined) {
        bytes.push(Number.parseInt(escape[1], 16));
        at += 2;
      } else {
        bytes.push(...Buffer.from(path.charAt(at)));
      }
    }
    return Buffer.from(bytes).toString("utf8");
  },
  "resolves and merges": (path) => posix.normalize(path),
  "resolves like RFC 3986": (path) => {
    const output: string[] = [];
    for (const segment of path.split("/").slice(1)) {
      if (segment === "..") {
        output.pop();
      } else if (segment !== ".") {
        output.push(segment);
      }
    }
    return `/${output.join("/")}`;
  },
  "parses a request target as a URL": (path) => {
    try {
      return new URL(path, "http://localhost").pathname;
    } catch {
      return path;
    }
  },
  "merges slashes": (path) => path.split(/\/+/).join("/"),
  "takes backslashes for slashes": (path) => path.split("\\").join("/"),
  "strips parameters of segments": (path) =>
    path
      .split("/")
      .map((segment) => segment.split(";")[0])
      .join("/"),
  "cuts at the first parameter": (path) => path.split(";")[0] ?? path,
  "cuts at a query": (path) => path.split("?")[0]?.split("#")[0] ?? path,
  "strips trailing slashes": (path) => path.replace(/\/+$/, "") || "/",
  "ignores trailing dots and spaces of names": (path) =>
    path
      .split("/")
      .map((name) => (/^\.{1,2}$/.test(name) ? name : name.replace(/[. ]+$/, "")))
      .join("/"),
  "strips white space": (path) => path.trimEnd(),
  "folds case": (path) => path.toLowerCase(),
  "folds case upwards": (path) => path.toUpperCase().toLowerCase(),
  "normalises Unicode": (path) => path.normalize("NFKC"),
  "decodes as old IIS did": (path) =>
    path.replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCodePoint(Number(`0x${hex}`))),
  "decodes UTF-8 without a check": (path) =>
    path.replace(/%c([01])%([89ab][0-9a-f])/gi, (_, first: string, second: string) =>
      String.fromCodePoint(Number(first) * 64 + (Number(`0x${second}`) - 128)),
    ),
  "takes a format off": (path) => path.replace(/(?<=[^/])\.[^./]*$/, ""),
  "is a front controller": (path) => path.replace(/^\/[^/]*\.php(?=\/)/i, ""),
};

const NO_HEADERS = new Headers();

const MAX_DECODINGS = 2;
const pipeline = fc
  .array(fc.constantFrom(...Object.keys(LAYERS)), { maxLength: 8 })
  .map((names) =>
    names.filter(
      (name, at) => name !== "decodes" || names.slice(0, at).filter((n) => n === name).length < MAX_DECODINGS,
    ),
  );

const policy = policyOf([
  { id: "public", match: { path: "/public/*" }, require: "nothing" },
  { id: "internal", match: { path: "/internal/*" }, require: "deny" },
  { id: "transfer", match: { methods: ["POST"], path: "/transfer" }, require: "step-up", action: "transfer" },
  { id: "pay", match: { methods: ["POST"], path: "/a/:id/pay" }, require: "step-up", action: "pay" },
]);

const RANKS = ["nothing", "sign-in", "step-up", "deny"];

/** What the policy asks for the path that an origin sees at the end. */
function requirementOf(path: string): string {
  if (/^\/internal(?:\/.*)?$/s.test(path)) {
    return "deny";
  }
  if (/^\/transfer$/.test(path) || /^\/a\/[^/]+\/pay$/.test(path)) {
    return "step-up";
  }
  return /^\/public(?:\/.*)?$/s.test(path) ? "nothing" : "sign-in";
}

const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("/", "/", "/", "transfer", "internal", "public", "a", "pay", "TRANSFER", "x"),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "%2f",
      "%252f",
      "..",
      "%2e%2e",
      "%252e%252e",
      ".",
      "%5c",
      "%255C",
      ";",
      "%3b",
      ";v=1",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "%20",
      "%09",
      "%0a",
      "%3f",
      "%23",
      "%2523",
      "%",
      "%25",
      "%ff",
      "%c0%ae",
      "%C5%BF",
      "%EF%BC%8E",
      "%EF%BC%8F",
      "e%CC%81",
      "%74",
      "%2574",
      "+",
      "\\",
      "%u002e",
      "%u002f",
      "%c0%af",
      "%C0%AE",
      ".json",
      ".a.b",
      "%2ejson",
      "/index.php/",
      "/x.PHP",
      "\u00e9",
    ),
  },
);
const hostilePath = fc.array(piece, { minLength: 1, maxLength: 9 }).map((parts) => `/${parts.join("")}`);

/** A sensitive path under a few disguises, so that most cases have something to hide. */
const disguisedPath = fc
  .tuple(
    fc.constantFrom("", "/public", "/x", "/public/x", "//h"),
    fc.constantFrom("/transfer", "/a/7/pay", "/internal/x", "/TRANSFER", "/transfe%72", "/a/%2537/pay"),
    fc.array(fc.tuple(fc.nat(30), piece), { maxLength: 4 }),
  )
  .map(([prefix, path, insertions]) => {
    let text = prefix + path;
    for (const [at, what] of insertions) {
      text = text.slice(0, at) + what + text.slice(at);
    }
    return text.startsWith("/") ? text : `/${text}`;
  });

describe("the policy cannot be walked around", () => {
  property(
    "no origin sees a path that requires more than was enforced",
    fc.tuple(fc.oneof(hostilePath, disguisedPath), pipeline),
    ([rawPath, layers]) => {
      const target = parseTarget(`http://app.localhost${rawPath}`);
      if (!target.ok) {
        return;
      }
      const judgement = judge(policy, "POST", target.value, NO_HEADERS);
      if (judgement.kind === "refused") {
        return;
      }
      const sent = new URL(target.value.href).pathname;
      const seen = layers.reduce((path, layer) => LAYERS[layer]?.(path) ?? path, sent);
      const required = RANKS.indexOf(requirementOf(seen));
      expect(
        RANKS.indexOf(judgement.requirement),
        `${layers.join(", ")}: sees ${seen}`,
      ).toBeGreaterThanOrEqual(required);
    },
    20_000,
  );

  property(
    "judging never throws and costs little, whatever the path",
    fc.array(piece, { maxLength: 400 }).map((parts) => `/${parts.join("")}`),
    (rawPath) => {
      const target = parseTarget(`http://app.localhost${rawPath}`);
      if (target.ok) {
        const startedMs = performance.now();
        judge(policy, "POST", target.value, NO_HEADERS);
        expect(performance.now() - startedMs).toBeLessThan(250);
      }
    },
    300,
  );
});
