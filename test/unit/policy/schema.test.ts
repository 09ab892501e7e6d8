import { describe, expect, it } from "vitest";
import { durationSeconds } from "../../../src/policy/duration.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";

const post = { methods: ["POST"], path: "/transfer" };
const amount = { from: "body", name: "amount", type: "number" };
const stepUp = { id: "transfer", match: post, require: "step-up", action: "transfer" };
const signIn = { id: "admin", match: { path: "/admin/*" }, require: "sign-in" };

function problemsOf(route: object, rest: object = {}): readonly string[] {
  const document = { version: 1, default: { require: "sign-in" }, routes: [route], ...rest };
  const parsed = parsePolicy(JSON.stringify(document));
  return parsed.ok ? [] : parsed.error.map(({ path, reason }) => `${path}: ${reason}`);
}

describe("the document", () => {
  it.each([
    [
      "every condition",
      {
        ...signIn,
        match: {
          path: "/x",
          hosts: ["a.example.com:8443", "[::1]:80"],
          query: { op: "pay", v: ["1", "2"] },
          headers: { "X-Op": "*" },
          contentTypes: ["application/json", "image/*"],
        },
      },
    ],
    [
      "every part of a sign-in",
      {
        ...signIn,
        signIn: {
          groups: ["admins"],
          scopes: ["pay/write"],
          claims: { "custom:tier": ["gold", 2, true], plan: "pro" },
          maxAge: "15m",
        },
      },
    ],
    [
      "every part of a step-up",
      {
        ...stepUp,
        signIn: { maxAge: "12h" },
        fresh: "5m",
        review: "wait",
        shadow: "ask",
        unenrolled: "deny",
        onUnavailable: "allow",
        methods: ["PASSKEY"],
      },
    ],
    [
      "every source",
      {
        ...stepUp,
        match: { methods: ["POST"], path: "/a/:id" },
        attributes: Object.fromEntries(
          ["body", "form", "query", "header", "claim", "path"].map((from) => [
            from,
            { from, name: "id", type: "string" },
          ]),
        ),
      },
    ],
    ["a duration where nothing of the body is approved", { ...stepUp, fresh: "5m" }],
    ["a duration that is meant", { ...stepUp, fresh: "5m", attributes: { amount }, acceptsOpenAmount: true }],
    ["a challenge each time", { ...stepUp, fresh: "once", attributes: { amount } }],
    ["a factor's age and limits", { ...stepUp, factorAge: "24h", limits: { challenges: 3, within: "1h" } }],
    ["a route in shadow", { ...signIn, shadow: true }],
  ])("takes %s", (_what, route) => {
    expect(problemsOf(route)).toEqual([]);
  });

  it("takes a default with conditions, and a shadow over everything", () => {
    const rest = { shadow: true, default: { require: "sign-in", signIn: { groups: ["staff"] } } };
    expect(problemsOf(signIn, rest)).toEqual([]);
  });

  it.each([
    [
      "a duration over the body's amount",
      { ...stepUp, fresh: "5m", attributes: { amount } },
      /^routes\[0\]\.fresh: "fresh" must be always-ask or once, .*amount.*acceptsOpenAmount: true\.$/,
    ],
    [
      "a duration over a multipart field",
      { ...stepUp, fresh: "5m", attributes: { amount: { ...amount, from: "multipart" } } },
      /acceptsOpenAmount/,
    ],
    ["a bare number of seconds", { ...signIn, signIn: { maxAge: 300 } }, /signIn\.maxAge: .*must be a text/],
    [
      "a duration without unit",
      { ...stepUp, fresh: "300" },
      /must be always-ask, once, or a duration such as "5m"/,
    ],
    ["no time at all", { ...signIn, signIn: { maxAge: "0s" } }, /must be a duration such as/],
    [
      "a host with a scheme",
      { ...signIn, match: { path: "/", hosts: ["https://a"] } },
      /must be a host in lower case/,
    ],
    [
      "a media type with parameters",
      { ...signIn, match: { path: "/", contentTypes: ["text/html; charset=utf-8"] } },
      /must be a media type in lower case/,
    ],
    [
      "an empty list of values",
      { ...signIn, match: { path: "/", query: { a: [] } } },
      /must list at least one value/,
    ],
    [
      "a header that the gateway removes",
      { ...signIn, match: { path: "/", headers: { "X-Forwarded-User": "a" } } },
      /does not reach the app as it came/,
    ],
    [
      "the content type as a header",
      { ...signIn, match: { path: "/", headers: { "Content-Type": "a" } } },
      /use match\.contentTypes/,
    ],
    [
      "a header in two spellings",
      { ...signIn, match: { path: "/", headers: { "X-A": "a", "x-a": "b" } } },
      /is named twice/,
    ],
    [
      "a header value with a comma",
      { ...signIn, match: { path: "/", headers: { "X-A": "a,b" } } },
      /without a comma/,
    ],
    [
      "content types where no body is sent",
      { ...signIn, match: { path: "/", methods: ["GET"], contentTypes: ["a/b"] } },
      /carry no body/,
    ],
    [
      "a body attribute of another content type",
      {
        ...stepUp,
        match: { ...post, contentTypes: ["application/json"] },
        attributes: { amount: { ...amount, from: "form" } },
      },
      /lists neither/,
    ],
    [
      "conditions on a public route's sign-in",
      { ...signIn, require: "nothing", signIn: {} },
      /"signIn" is not a known key here/,
    ],
    [
      "asking in the shadow of a sign-in",
      { ...signIn, shadow: "ask" },
      /shadow: "shadow" must be true or false/,
    ],
    [
      "a challenge each time that the unenrolled need not pass",
      { ...stepUp, fresh: "once", unenrolled: "allow" },
      /unenrolled: .* must be enroll or deny with fresh: once/,
    ],
    [
      "a challenge each time that a review stands in for",
      { ...stepUp, fresh: "once", review: "wait" },
      /review: .* must be deny with fresh: once/,
    ],
    ["no limit", { ...stepUp, limits: { challenges: 0, within: "1h" } }, /must be at least 1/],
  ])("refuses %s", (_what, route, reason) => {
    const problems = problemsOf(route);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(reason);
  });
});

it("durations are whole numbers with a unit", () => {
  expect(["90s", "5m", "12h", "30d"].map(durationSeconds)).toEqual([90, 300, 43_200, 2_592_000]);
});
