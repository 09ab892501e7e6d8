import { describe, expect, it } from "vitest";
import { judge } from "../../../src/policy/judge.ts";
import type { Judgement } from "../../../src/policy/judgement.ts";
import {
  isOverrideSensitive,
  judgeKept,
  judgeWithBody,
  judgeWithQuery,
} from "../../../src/policy/overrides.ts";
import { parsePolicy, type Policy } from "../../../src/policy/parse.ts";
import { parseTarget, type Target } from "../../../src/policy/target.ts";

/** Deleting a payee asks for more than changing one; whoever posts may be deleting. */
const POLICY = policyOf({
  version: 1,
  default: { require: "sign-in" },
  routes: [
    {
      id: "delete-payee",
      match: { methods: ["DELETE"], path: "/payees/:id" },
      require: "step-up",
      action: "delete-payee",
      attributes: {},
    },
    { id: "draft", match: { methods: ["PATCH"], path: "/drafts/:id" }, require: "sign-in" },
    { id: "drafts", match: { path: "/drafts/:id" }, require: "nothing" },
    {
      id: "publish",
      match: { methods: ["PUT"], path: "/pages/:id" },
      require: "sign-in",
      signIn: { groups: ["editors"] },
    },
    { id: "closed", match: { methods: ["PURGE"], path: "/notes/:id" }, require: "deny" },
    { id: "change-payee", match: { methods: ["POST"], path: "/payees/:id" }, require: "sign-in" },
  ],
});

const NONE = new Headers();

describe("a method in the query", () => {
  it.each([
    ["POST", "/payees/7", "sign-in"],
    ["POST", "/payees/7?_method=delete", "step-up"],
    ["POST", "/payees/7?_METHOD=DELETE", "step-up"],
    ["POST", "/payees/7?x=1&%5Fmeth%6fd=dele%74e", "step-up"],
    ["POST", "/payees/7?%255Fmethod=delete", "step-up"],
    ["POST", "/payees/7?_http_method=DELETE", "step-up"],
    ["POST", "/payees/7?_method=patch&_method=delete", "method_not_allowed"],
    ["POST", "/payees/7?a=1;_method=delete", "step-up"],
    ["POST", "/payees/7?user[_method]=delete", "step-up"],
    ["POST", "/payees/7?_method[]=delete", "step-up"],
    ["POST", "/payees/7?payment_method=delete", "sign-in"],
    ["POST", "/payees/7?.method=delete", "step-up"],
    ["POST", "/payees/7?%2Emethod=delete", "step-up"],
    ["POST", "/payees/7?_http.method=delete", "step-up"],
    ["POST", "/payees/7?.http_method[]=delete", "step-up"],
    ["POST", "/payees/7?.method%00=delete", "step-up"],
    ["POST", "/payees/7?X-HTTP-Method-Override=DELETE", "step-up"],
    ["POST", "/payees/7?x-http-method-override=delete", "step-up"],
    ["POST", "/payees/7?x_http_method_override=delete", "step-up"],
    ["POST", "/payees/7?x.http%2dmethod.override=delete", "step-up"],
    ["POST", "/payees/7?XHttpMethodOverride=delete", "step-up"],
    ["POST", "/payees/7?X-HTTP-Method=DELETE", "step-up"],
    ["POST", "/payees/7?X-Method-Override=DELETE", "step-up"],
    ["POST", "/payees/7?fax-http-method=delete", "sign-in"],
    ["POST", "/payees/7?x-http-methods=delete", "sign-in"],
    ["POST", "/payees/7?x-method=delete", "sign-in"],
    ["POST", "/payees/7?x-http-method-overridden=delete", "sign-in"],
    ["POST", "/payees/7?payment.method=delete", "sign-in"],
    ["POST", "/payees/7?call=a+.method+b", "sign-in"],
    ["GET", "/payees/7?_method=DELETE", "step-up"],
    ["POST", "/notes/7?_method=purge", "deny"],
    ["POST", "/notes/7?_method=get", "sign-in"],
    ["DELETE", "/payees/7?_method=GET", "step-up"],
  ])("%s %s requires %s", (method, path, requirement) => {
    expect(requirementOf(judgeWithQuery(POLICY, method, targetOf(path), NONE))).toBe(requirement);
  });

  it("counts as every method when it cannot be read", () => {
    const judgement = judgeWithQuery(POLICY, "POST", targetOf("/payees/7?_method=1delete"), NONE);
    expect(requirementOf(judgement)).toBe("method_not_allowed");
  });
});

describe("a method in the body", () => {
  const target = targetOf("/payees/7");
  const plain = judge(POLICY, "POST", target, NONE);

  it.each([
    ["a form", "_method=delete"],
    ["a form, upper case", "name=x&_METHOD=DELETE"],
    ["an escaped form", "%5fmethod=delete"],
    ["a twice escaped form", "%255fmethod=delete"],
    ["a multipart form", '--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\ndelete\r\n--b--'],
    ["JSON", '{"_method":"delete"}'],
    ["a form that names a header", "a=1&X-HTTP-Method-Override=DELETE"],
    ["JSON that names a header", '{"X-HTTP-Method": "DELETE"}'],
    ["a form as PHP reads it", "a=1&.method=delete"],
    ["escaped JSON", '{"\\u005fm\\u0065thod":"delete"}'],
  ])("makes %s as sensitive as it could be", (_, body) => {
    const judgement = judgeWithBody(POLICY, target, NONE, plain, new TextEncoder().encode(body));
    expect(requirementOf(judgement)).toBe("step-up");
  });

  it.each([
    ["two", "_method=delete&_method=patch"],
    ["one that is not to be read", "_method[x]=delete"],
    ["one with something after it", "_method=delete%41"],
    ["one behind another", "_method=post(delete"],
    ["one far away", `_method=${" ".repeat(40)}delete`],
    [
      "multipart with a type",
      '--b\r\nContent-Disposition: form-data; name="_method"\r\nContent-Type: text/plain\r\n\r\ndelete',
    ],
  ])("counts as every method when there is %s", (_, body) => {
    const judgement = judgeWithBody(POLICY, target, NONE, plain, new TextEncoder().encode(body));
    // PUT and PATCH are not listed on this sensitive path, and refusing is stricter than asking.
    expect(requirementOf(judgement)).toBe("method_not_allowed");
  });

  it.each([
    "method=delete",
    "payment_method=card",
    "text=a .method b",
    "x-method=delete",
    "_methods=delete",
    "_methodology=delete",
    "_method=post",
  ])("is not seen in %s", (body) => {
    expect(judgeWithBody(POLICY, target, NONE, plain, new TextEncoder().encode(body))).toBe(plain);
  });

  it.each([
    ["POST", "/payees/7", true],
    ["POST", "/notes/7", false],
    ["POST", "/drafts/7", true],
    ["POST", "/pages/7", true],
    ["PUT", "/payees/7", false],
    ["GET", "/payees/7", false],
  ])("matters for %s %s: %s", (method, path, matters) => {
    const asked = targetOf(path);
    expect(isOverrideSensitive(POLICY, method, asked, NONE, judge(POLICY, method, asked, NONE))).toBe(
      matters,
    );
  });
});

describe("a request that was kept", () => {
  const kept = (method: string, path: string, body: string) =>
    requirementOf(judgeKept(POLICY, method, targetOf(path), NONE, new TextEncoder().encode(body)));

  it("is judged by its query and, where it is a POST, by its body", () => {
    expect(kept("POST", "/payees/7", "a=1")).toBe("sign-in");
    expect(kept("POST", "/payees/7", "_method=delete")).toBe("step-up");
    expect(kept("POST", "/payees/7?_method=delete", "a=1")).toBe("step-up");
    expect(kept("GET", "/payees/7", "_method=delete")).toBe("sign-in");
  });
});

function requirementOf(judgement: Judgement): string {
  return judgement.kind === "refused" ? judgement.reason : judgement.requirement;
}

function policyOf(document: object): Policy {
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.error));
  }
  return parsed.value;
}

function targetOf(path: string): Target {
  const target = parseTarget(`https://app.example.com${path}`);
  if (!target.ok) {
    throw new Error(target.error);
  }
  return target.value;
}
