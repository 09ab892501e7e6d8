import { describe, expect, it } from "vitest";
import { isOverrideSensitive, judgeWithQuery } from "../../../src/policy/overrides.ts";
import type { Policy } from "../../../src/policy/parse.ts";
import {
  MAX_REMEMBERED_CHARACTERS,
  MAX_REMEMBERED_TARGETS,
  rememberedJudge,
} from "../../../src/policy/remembered.ts";
import { parseTarget } from "../../../src/policy/target.ts";
import { policyOf, targetOf } from "./fixtures.ts";
import { fc, test } from "./property.ts";

const HOST = "http://app.localhost";
const NONE = new Headers();

const STRICT = policyOf([
  { id: "delete", match: { methods: ["DELETE"], path: "/a/:id" }, require: "deny" },
  { id: "send", match: { methods: ["POST"], path: "/send" }, require: "step-up", action: "send" },
  { id: "open", match: { path: "/open/*" }, require: "nothing" },
]);
const OPEN = policyOf([], "nothing");
/** What it requires depends on what else a request says. */
const CONDITIONAL = policyOf([
  { id: "header", match: { path: "/a/*", headers: { "X-Kind": "1" } }, require: "deny" },
]);
const ON_QUERY = policyOf([{ id: "query", match: { path: "/a/*", query: { kind: "1" } }, require: "deny" }]);
const ON_TYPE = policyOf([
  { id: "type", match: { path: "/a/*", contentTypes: ["application/json"] }, require: "deny" },
]);

const methods = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "MOVE");
const paths = fc.constantFrom(
  "/a/1",
  "/a/1/",
  "/A/1",
  "/a%2f1",
  "/send",
  "/SEND",
  "/open/x",
  "/open/../send",
  "/",
);
const queries = fc.constantFrom("", "?", "?_method=delete", "?_method=move", "?kind=1", "?x=%ff");
const headers = fc.constantFrom(
  {},
  { "X-Kind": "1" },
  { "X-Kind": "2" },
  { Destination: "/send" },
  { "Content-Type": "application/json", "Content-Length": "3" },
);
const asked = fc.record({
  method: methods,
  url: fc.tuple(paths, queries).map(([path, query]) => HOST + path + query),
  headers,
  policy: fc.constantFrom<Policy>(STRICT, OPEN, CONDITIONAL, ON_QUERY, ON_TYPE),
});

describe("a remembered judgement", () => {
  test(
    "is always the one that would be found anew, whatever was asked before and under whatever policy",
    fc.array(asked, { minLength: 1, maxLength: 40 }),
    (requests) => {
      const judge = rememberedJudge();
      for (const { method, url, headers: given, policy } of requests) {
        const sent = new Headers(given);
        const target = judge.target(url);
        expect(target).toEqual(parseTarget(url));
        if (target.ok) {
          const judgement = judge.judge(policy, method, target.value, sent);
          const fresh = judgeWithQuery(policy, method, target.value, sent);
          expect(judgement).toEqual(fresh);
          expect(judge.isOverrideSensitive(policy, method, target.value, sent, judgement)).toBe(
            isOverrideSensitive(policy, method, target.value, sent, fresh),
          );
        }
      }
    },
    200,
  );

  it("is the same object again, so that it was not judged again", () => {
    const judge = rememberedJudge();
    const target = targetOf("/open/x");
    expect(judge.judge(STRICT, "GET", target, NONE)).toBe(judge.judge(STRICT, "GET", target, NONE));
    const [first, second] = [judge.target(`${HOST}/open/x`), judge.target(`${HOST}/open/x`)];
    expect(first).toBe(second);
  });

  it.each([
    ["a header", CONDITIONAL],
    ["the query and whether there is a body", ON_QUERY],
    ["the content type", ON_TYPE],
  ])("is not kept where it depends on %s", (_, policy) => {
    const judge = rememberedJudge();
    const target = targetOf("/a/1");
    expect(judge.judge(policy, "GET", target, NONE)).not.toBe(judge.judge(policy, "GET", target, NONE));
  });

  it("is not kept where a query names a method, which may lead to a Destination", () => {
    const judge = rememberedJudge();
    const target = targetOf("/open/x?_method=move");
    expect(judge.judge(STRICT, "POST", target, NONE)).toMatchObject({ requirement: "nothing" });
    const leading = new Headers({ Destination: "/send" });
    expect(judge.judge(STRICT, "POST", target, leading)).toMatchObject({ reason: "method_not_allowed" });
  });

  it("says nothing of a POST with a Destination, whose body may name a method", () => {
    const judge = rememberedJudge();
    const target = targetOf("/open/x");
    const judgement = judge.judge(STRICT, "POST", target, NONE);
    const leading = new Headers({ Destination: "/send" });
    expect(judge.isOverrideSensitive(STRICT, "POST", target, NONE, judgement)).toBe(false);
    expect(judge.isOverrideSensitive(STRICT, "POST", target, leading, judgement)).toBe(true);
  });

  it("is forgotten with its policy", () => {
    const judge = rememberedJudge();
    const target = targetOf("/a/1");
    expect(judge.judge(OPEN, "GET", target, NONE)).toMatchObject({ requirement: "nothing" });
    expect(judge.judge(STRICT, "GET", target, NONE)).toMatchObject({ requirement: "sign-in" });
    expect(judge.judge(OPEN, "GET", target, NONE)).toMatchObject({ requirement: "nothing" });
  });
});

describe("the memory", () => {
  it("holds so many targets at most, and keeps those in use", () => {
    const judge = rememberedJudge();
    const [used, unused] = [judge.target(`${HOST}/used`), judge.target(`${HOST}/unused`)];
    for (let number = 0; number < MAX_REMEMBERED_TARGETS; number += 1) {
      judge.target(`${HOST}/${number}`);
      expect(judge.target(`${HOST}/used`)).toBe(used);
    }
    expect(judge.target(`${HOST}/unused`)).not.toBe(unused);
  });

  it("keeps neither long targets nor refused ones", () => {
    const judge = rememberedJudge();
    const long = `${HOST}/${"a".repeat(MAX_REMEMBERED_CHARACTERS)}`;
    expect(judge.target(long)).not.toBe(judge.target(long));
    const bad = `${HOST}/a/../b`;
    expect(judge.target(bad)).toMatchObject({ ok: false });
    expect(judge.target(bad)).not.toBe(judge.target(bad));
  });
});
