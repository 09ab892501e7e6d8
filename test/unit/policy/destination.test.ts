import { describe, expect, it } from "vitest";
import { judgeWithDestination } from "../../../src/policy/destination.ts";
import type { Judgement } from "../../../src/policy/judgement.ts";
import { isOverrideSensitive, judgeWithBody, judgeWithQuery } from "../../../src/policy/overrides.ts";
import { policyOf, targetOf } from "./fixtures.ts";

const POLICY = policyOf(
  [
    { id: "closed", match: { path: "/closed/*" }, require: "deny" },
    { id: "private", match: { path: "/private/*" }, require: "sign-in" },
    { id: "write", match: { methods: ["PUT"], path: "/shared/*" }, require: "sign-in" },
    { id: "move", match: { methods: ["MOVE"], path: "/moved/*" }, require: "sign-in" },
    { id: "pay", match: { methods: ["POST"], path: "/pay" }, require: "step-up", action: "pay" },
    { id: "file", match: { methods: ["PUT", "MOVE"], path: "/vault/*" }, require: "step-up", action: "file" },
  ],
  "nothing",
);

const from = targetOf("/free/a");
const to = (destination: string) => new Headers({ Destination: destination });

describe("where a COPY or MOVE leads", () => {
  it.each([
    ["/free/b", "nothing"],
    ["http://app.localhost/free/b", "nothing"],
    ["https://APP.localhost/free/b?x=1", "nothing"],
    ["/private/b", "sign-in"],
    ["http://app.localhost/private/b", "sign-in"],
    ["/x;/..%2fprivate%2fb", "sign-in"],
    ["/PRIVATE/b", "sign-in"],
    ["/closed/b", "deny"],
    ["/vault/b", "step-up"],
    ["/pay", "method_not_allowed"],
    ["/shared/b", "sign-in"],
    ["/moved/b", "sign-in"],
  ])("needs for %s: %s", (destination, requirement) => {
    expect(requirementOf(judgeWithDestination(POLICY, "MOVE", from, to(destination)))).toBe(requirement);
  });

  it("is judged for a COPY too, and for what that needs", () => {
    expect(requirementOf(judgeWithDestination(POLICY, "COPY", from, to("/private/b")))).toBe("sign-in");
    expect(requirementOf(judgeWithDestination(POLICY, "COPY", from, to("/moved/b")))).toBe("nothing");
  });

  it("never makes the path itself need less", () => {
    const judgement = judgeWithDestination(POLICY, "MOVE", targetOf("/closed/a"), to("/free/b"));
    expect(requirementOf(judgement)).toBe("deny");
  });

  it.each([
    "",
    "free/b",
    "//app.localhost/free/b",
    "//evil.example/free/b",
    "http://evil.example/free/b",
    "http://app.localhost:81/free/b",
    "http://app.localhost@evil.example/free/b",
    "http://user@app.localhost/free/b",
    "ftp://app.localhost/free/b",
    "http:/free/b",
    "http:///free/b",
    "http://app.localhost",
    "/free/../closed/b",
    "/free/%2e%2e/closed/b",
    "/free\\b",
    "/free/b%00",
    "/free/b#closed",
    "/free/b, /closed/b",
    "/free/{b}",
    "/free/b?'",
  ])("is refused when it is '%s'", (destination) => {
    expect(requirementOf(judgeWithDestination(POLICY, "MOVE", from, to(destination)))).toBe("invalid_target");
  });

  it("is nowhere else without the header, and with another method", () => {
    expect(requirementOf(judgeWithDestination(POLICY, "MOVE", from, new Headers()))).toBe("nothing");
    expect(requirementOf(judgeWithDestination(POLICY, "PUT", from, to("/closed/b")))).toBe("nothing");
  });
});

describe("where a request leads that a field turns into a MOVE", () => {
  const named = (body: string) => new TextEncoder().encode(body);

  it("is judged when the query names it, or nobody can tell", () => {
    const moving = (query: string) =>
      requirementOf(judgeWithQuery(POLICY, "POST", targetOf(`/free/a?${query}`), to("/closed/b")));
    expect([moving("_method=MOVE"), moving("_method=copy"), moving("_method=1"), moving("x=MOVE")]).toEqual([
      "deny",
      "deny",
      "deny",
      "nothing",
    ]);
  });

  it("is judged when the body names it, which is looked at because of the Destination", () => {
    const headers = to("/closed/b");
    const plain = judgeWithQuery(POLICY, "POST", from, headers);
    expect(isOverrideSensitive(POLICY, "POST", from, headers, plain)).toBe(true);
    expect(isOverrideSensitive(POLICY, "POST", from, new Headers(), plain)).toBe(false);
    expect(isOverrideSensitive(POLICY, "POST", from, to("/free/b"), plain)).toBe(false);
    const judged = (body: string) => judgeWithBody(POLICY, from, headers, plain, named(body));
    expect([requirementOf(judged("_method=move")), requirementOf(judged("a=1"))]).toEqual([
      "deny",
      "nothing",
    ]);
  });
});

function requirementOf(judgement: Judgement): string {
  return judgement.kind === "refused" ? judgement.reason : judgement.requirement;
}
