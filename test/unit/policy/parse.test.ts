import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { fc, test as property } from "./property.ts";

type Problems = readonly { readonly path: string; readonly reason: string }[];

function problemsOf(document: unknown): Problems {
  const parsed = parsePolicy(typeof document === "string" ? document : JSON.stringify(document));
  return parsed.ok ? [] : parsed.error;
}

function withRoutes(...routes: readonly object[]): object {
  return { version: 1, default: { require: "sign-in" }, routes };
}

const transfer = {
  id: "transfer",
  match: { methods: ["POST"], path: "/transfer" },
  require: "step-up",
  action: "transfer",
};

describe("parsePolicy", () => {
  it("reads the policy of the demo bank", () => {
    const text = readFileSync(new URL("../../../policy.json", import.meta.url), "utf8");
    const parsed = parsePolicy(text, "r1");
    expect(parsed).toMatchObject({ ok: true, value: { version: "r1", default: "sign-in" } });
    expect(parsed.ok && parsed.value.routes.map((route) => route.id)).toEqual([
      "assets",
      "health",
      "transfer",
      "add-payee",
    ]);
  });

  it("writes the defaults out", () => {
    const attributes = { payee: { from: "body", name: "payee", type: "string" } };
    const parsed = parsePolicy(JSON.stringify(withRoutes({ ...transfer, attributes })));
    expect(parsed.ok && parsed.value.document.reactions).toEqual([]);
    expect(parsed.ok && parsed.value.routes[0]?.definition).toEqual({
      ...transfer,
      revocable: false,
      attributes: { payee: { ...attributes.payee, required: false, maxLength: 256 } },
      summary: [],
      fresh: "always-ask",
      acceptsOpenAmount: false,
      unenrolled: "enroll",
      review: "deny",
      onUnavailable: "deny",
      limits: { challenges: 20, within: "10m" },
      shadow: false,
    });
  });

  it("gives a policy that nobody can change", () => {
    const parsed = parsePolicy(JSON.stringify(withRoutes(transfer)));
    const frozen = parsed.ok
      ? [parsed.value, parsed.value.routes, parsed.value.routes[0]?.definition.match]
      : [null];
    expect(frozen.every((part) => part !== null && Object.isFrozen(part))).toBe(true);
  });

  it("names line and column of text that is not JSON", () => {
    expect(problemsOf('{\n  "version": 1,\n  oops')).toEqual([
      { path: "", reason: "Line 3, column 3: A name in double quotes is expected here." },
    ]);
  });

  it("refuses a name that appears twice, since one of the two would be ignored", () => {
    const text = '{"version":1,"default":{"require":"deny",\n"require":"nothing"},"routes":[]}';
    expect(problemsOf(text)).toEqual([
      { path: "", reason: 'Line 2, column 1: The name "require" appears twice in one object.' },
    ]);
  });

  it.each([
    ["a missing default", { version: 1, routes: [] }, "default", '"default" is missing.'],
    ["no routes", { version: 1, default: { require: "deny" } }, "routes", '"routes" is missing.'],
    ["another version", { ...withRoutes(), version: 2 }, "version", '"version" must be 1.'],
    [
      "step-up as default",
      { ...withRoutes(), default: { require: "step-up" } },
      "default.require",
      '"require" must be one of nothing, sign-in, deny.',
    ],
    ["a list", [], "", "The document must be an object."],
    ["an unknown key", { ...withRoutes(), rules: [] }, "rules", '"rules" is not a known key here.'],
    [
      "an unknown key of a route",
      withRoutes({ ...transfer, unenroled: "deny" }),
      "routes[0].unenroled",
      '"unenroled" is not a known key here.',
    ],
    [
      "an unknown key of a match",
      withRoutes({ ...transfer, match: { ...transfer.match, host: "x" } }),
      "routes[0].match.host",
      '"host" is not a known key here.',
    ],
    [
      "a route without a requirement",
      withRoutes({ id: "a", match: { path: "/" } }),
      "routes[0].require",
      '"require" is missing; it must be one of nothing, sign-in, step-up, deny.',
    ],
    [
      "a step-up without methods",
      withRoutes({ ...transfer, match: { path: "/transfer" } }),
      "routes[0].match.methods",
      '"methods" is missing.',
    ],
    [
      "a step-up without an action",
      withRoutes({ id: "a", match: transfer.match, require: "step-up" }),
      "routes[0].action",
      '"action" is missing.',
    ],
    [
      "an action that Authsignal would not take",
      withRoutes({ ...transfer, action: "a/b" }),
      "routes[0].action",
      '"action" must be 1 to 64 letters, digits, underscores and hyphens.',
    ],
    [
      "an empty list of verification methods",
      withRoutes({ ...transfer, methods: [] }),
      "routes[0].methods",
      '"methods" must list at least one verification method.',
    ],
    [
      "a lower-case method",
      withRoutes({ ...transfer, match: { methods: ["POST", "put"], path: "/x" } }),
      "routes[0].match.methods[1]",
      '"methods[1]" must be an HTTP method in upper case, such as POST.',
    ],
    [
      "HEAD without GET",
      withRoutes({ ...transfer, match: { methods: ["HEAD"], path: "/x" } }),
      "routes[0].match.methods",
      '"methods" must list GET for HEAD, which is judged as GET.',
    ],
    [
      "a pattern that does not compile",
      withRoutes({ ...transfer, match: { methods: ["POST"], path: "/a/*/b" } }),
      "routes[0].match.path",
      '"path" may hold * only as its whole last segment.',
    ],
    [
      "two routes of one id",
      withRoutes(transfer, transfer),
      "routes[1].id",
      '"id" must be unique, and "transfer" is not.',
    ],
    [
      "a reaction without effect",
      { ...withRoutes(), reactions: [{ id: "r", on: ["x"], do: [] }] },
      "reactions[0].do",
      '"do" must list at least one effect.',
    ],
    [
      "two reactions of one id",
      {
        ...withRoutes(),
        reactions: [
          { id: "r", on: ["x"], do: ["alert"] },
          { id: "r", on: ["y"], do: ["alert"] },
        ],
      },
      "reactions[1].id",
      '"id" must be unique, and "r" is not.',
    ],
    [
      "a summary of nothing",
      withRoutes({ ...transfer, summary: [{ label: "To", attribute: "constructor" }] }),
      "routes[0].summary[0].attribute",
      '"attribute" must name a declared attribute, and constructor is none.',
    ],
  ])("refuses %s", (_name, document, path, reason) => {
    expect(problemsOf(document)).toEqual([{ path, reason }]);
  });

  it.each([
    [
      "an unknown type",
      { from: "body", name: "a", type: "date" },
      "type",
      '"type" must be one of string, number, boolean.',
    ],
    [
      "a missing type",
      { from: "body", name: "a" },
      "type",
      '"type" is missing; it must be one of string, number, boolean.',
    ],
    [
      "a bound of another type",
      { from: "body", name: "a", type: "string", min: 1 },
      "min",
      '"min" is not a known key here.',
    ],
    [
      "bounds the wrong way round",
      { from: "body", name: "a", type: "number", min: 2, max: 1 },
      "min",
      '"min" must not be greater than max.',
    ],
    [
      "an unknown source",
      { from: "cookie", name: "a", type: "string" },
      "from",
      '"from" must be one of body, form, multipart, query, header, claim, path.',
    ],
    [
      "an odd header name",
      { from: "header", name: "a b", type: "string" },
      "name",
      '"name" must be the name of a header.',
    ],
    [
      "an unknown path parameter",
      { from: "path", name: "id", type: "string" },
      "name",
      '"name" must be a parameter of the path, and /transfer has no :id.',
    ],
    [
      "a bad JSON Pointer",
      { from: "body", name: "/a/~2", type: "string" },
      "name",
      '"name" must be a JSON Pointer (RFC 6901) when it starts with /.',
    ],
  ])("refuses an attribute with %s", (_name, rule, key, reason) => {
    const document = withRoutes({ ...transfer, attributes: { a: rule } });
    expect(problemsOf(document)).toEqual([{ path: `routes[0].attributes.a.${key}`, reason }]);
  });

  it("refuses a body attribute where no method carries a body", () => {
    const attributes = { a: { from: "body", name: "a", type: "string" } };
    const document = withRoutes({ ...transfer, match: { methods: ["GET"], path: "/x" }, attributes });
    expect(problemsOf(document)).toMatchObject([{ path: "routes[0].attributes.a.from" }]);
  });

  it("refuses an attribute name that is none", () => {
    const attributes = { "1st": { from: "body", name: "a", type: "string" } };
    expect(problemsOf(withRoutes({ ...transfer, attributes }))).toEqual([
      {
        path: "routes[0].attributes.1st",
        reason: '"1st" must be a letter, then at most 63 letters, digits and underscores.',
      },
    ]);
  });

  it("takes __proto__ for an unknown key like any other", () => {
    const text = '{"version":1,"default":{"require":"deny"},"routes":[],"__proto__":{"routes":[]}}';
    expect(problemsOf(text)).toEqual([{ path: "__proto__", reason: '"__proto__" is not a known key here.' }]);
  });

  it("tells all problems at once", () => {
    const document = {
      version: 1,
      default: {},
      routes: [
        { ...transfer, action: "" },
        { ...transfer, match: { methods: ["POST"], path: "/a?b" } },
        { id: "b", match: { path: "b" }, require: "nothing" },
      ],
      reactions: 1,
    };
    expect(problemsOf(document).map((problem) => problem.path)).toEqual([
      "default.require",
      "routes[0].action",
      "routes[2].match.path",
      "reactions",
      "routes[1].id",
      "routes[1].match.path",
    ]);
  });

  property("never throws, and says something about whatever it refuses", fc.json(), (text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  property("reports each problem as one sentence", fc.object({ maxDepth: 3 }), (route) => {
    for (const { reason } of problemsOf(withRoutes(transfer, route))) {
      expect(reason).toMatch(/^.+\.$/s);
      expect(reason).not.toContain("Invalid input");
    }
  });
});
