import { describe, expect, it } from "vitest";
import { judgePath, policyOf } from "./fixtures.ts";

const stepUp = (id: string, methods: readonly string[], path: string, rest: object = {}) => ({
  id,
  match: { methods, path },
  require: "step-up",
  action: id,
  ...rest,
});

const bank = policyOf([
  { id: "assets", match: { methods: ["GET"], path: "/assets/*" }, require: "nothing" },
  { id: "internal", match: { path: "/internal/*" }, require: "deny" },
  stepUp("transfer", ["POST"], "/transfer"),
  stepUp("add-payee", ["POST"], "/payees"),
]);

/** The judgement in one word: the route's id, or the reason of the refusal. */
function outcome(policy: typeof bank, method: string, path: string): string {
  const judgement = judgePath(policy, method, path);
  return judgement.kind === "route" ? judgement.id : judgement.reason;
}

describe("judge", () => {
  it.each([
    ["GET", "/", "default"],
    ["GET", "/assets/app.js", "assets"],
    ["HEAD", "/assets/app.js", "assets"],
    ["POST", "/assets/app.js", "default"],
    ["POST", "/transfer", "transfer"],
    ["POST", "/transfer?x=/assets/a", "transfer"],
    ["POST", "/payees", "add-payee"],
    ["DELETE", "/internal/x", "internal"],
  ])("%s %s meets %s", (method, path, id) => {
    expect(outcome(bank, method, path)).toBe(id);
  });

  it("gives the first route that matches path and method", () => {
    const policy = policyOf([
      { id: "first", match: { path: "/a/*" }, require: "nothing" },
      { id: "second", match: { path: "/a/b" }, require: "deny" },
    ]);
    expect(outcome(policy, "GET", "/a/b")).toBe("first");
  });

  it("judges HEAD as GET", () => {
    const policy = policyOf([stepUp("statement", ["GET"], "/statement")]);
    expect(outcome(policy, "HEAD", "/statement")).toBe("statement");
    expect(outcome(policy, "OPTIONS", "/statement")).toBe("default");
  });

  it("uses the default only where no route matches", () => {
    expect(judgePath(policyOf([], "deny"), "GET", "/")).toMatchObject({
      requirement: "deny",
      id: "default",
      route: null,
    });
  });
});

describe("an odd spelling can only get more protection", () => {
  it.each([
    "/Transfer",
    "/TRANSFER/",
    "/transfer;jsessionid=1",
    "/transfe%72",
    "/transfe%2572",
    "//transfer",
    "//host/transfer",
    "/assets/..%2ftransfer",
    "/assets/..%5Ctransfer",
    "/assets/..;/transfer",
    "/assets/%252e%252e/transfer",
    "/transfer%20",
    "/transfer.",
    "/transfer%3f",
    "/tran%C5%BFfer",
    "/Transfer%252f..;x=1/",
  ])("POST %s is a transfer", (path) => {
    expect(outcome(bank, "POST", path)).toBe("transfer");
  });

  it("does not open a public route to a path that could be another one", () => {
    expect(outcome(bank, "GET", "/assets/..%2fhome")).toBe("default");
    expect(outcome(bank, "GET", "/Assets/app.js")).toBe("default");
  });

  it("lets deny win over everything", () => {
    expect(outcome(bank, "POST", "/transfer/..%2finternal")).toBe("internal");
    expect(outcome(bank, "PUT", "/transfer;/..%2f..%2finternal")).toBe("internal");
  });

  it("folds the pattern when it folds the reading", () => {
    const policy = policyOf([stepUp("admin", ["POST"], "/Admin")]);
    expect(outcome(policy, "POST", "/admin")).toBe("admin");
    expect(outcome(policy, "POST", "/aDMIN")).toBe("admin");
  });

  it("refuses readings that land on two different step-up routes", () => {
    expect(outcome(bank, "POST", "/transfer%2f..%2fpayees")).toBe("add-payee");
    expect(outcome(bank, "POST", "/transfer;/..%2fpayees")).toBe("ambiguous_target");
    expect(outcome(bank, "POST", "/transfer%3f/..%2fpayees")).toBe("ambiguous_target");
  });

  it("refuses a path with more readings than it is willing to weigh", () => {
    expect(outcome(bank, "GET", `/assets/${"%252f..;a=%20./%5c%3f".repeat(9)}`)).toBe("ambiguous_target");
  });

  it("keeps an escaped slash usable both as a character and as a separator", () => {
    const registry = policyOf([{ id: "packages", match: { path: "/npm/*" }, require: "nothing" }]);
    expect(outcome(registry, "GET", "/npm/@scope%2fname")).toBe("packages");
  });
});

describe("methods of a sensitive path", () => {
  it.each(["PUT", "PATCH", "DELETE", "QUERY", "PROPFIND", "TRACE", "pOST"])("%s is refused", (method) => {
    expect(judgePath(bank, method, "/transfer")).toEqual({
      kind: "refused",
      reason: "method_not_allowed",
      allow: ["GET", "HEAD", "OPTIONS", "POST"],
    });
  });

  it("refuses them under every reading of the path", () => {
    expect(outcome(bank, "PUT", "/Transfer%2f")).toBe("method_not_allowed");
  });

  it.each(["GET", "HEAD", "OPTIONS"])("%s falls through to later routes and the default", (method) => {
    expect(outcome(bank, method, "/transfer")).toBe("default");
    const policy = policyOf([
      stepUp("transfer", ["POST"], "/transfer"),
      { id: "form", match: { path: "/transfer" }, require: "nothing" },
    ]);
    expect(outcome(policy, method, "/transfer")).toBe("form");
  });

  it("takes a method that another route lists for that path, before or after", () => {
    const lists = { id: "undo", match: { methods: ["DELETE"], path: "/transfer" }, require: "sign-in" };
    const sensitive = stepUp("transfer", ["POST"], "/transfer");
    expect(outcome(policyOf([sensitive, lists]), "DELETE", "/transfer")).toBe("undo");
    expect(outcome(policyOf([lists, sensitive]), "DELETE", "/transfer")).toBe("undo");
  });

  it("does not count a route without methods as one that lists them", () => {
    const everything = { id: "everything", match: { path: "/*" }, require: "sign-in" };
    const sensitive = stepUp("transfer", ["POST"], "/transfer");
    expect(outcome(policyOf([sensitive, everything]), "PUT", "/transfer")).toBe("method_not_allowed");
    expect(outcome(policyOf([everything, sensitive]), "PUT", "/transfer")).toBe("method_not_allowed");
  });

  it("names every method that is allowed under some reading", () => {
    const policy = policyOf([stepUp("a", ["POST"], "/a"), stepUp("b", ["PATCH"], "/b")]);
    expect(judgePath(policy, "PUT", "/a;/..%2fb")).toMatchObject({
      allow: ["GET", "HEAD", "OPTIONS", "PATCH", "POST"],
    });
  });
});

describe("path parameters", () => {
  const pathAttribute = { attributes: { id: { from: "path", name: "id", type: "string" } } };
  const policy = policyOf([stepUp("pay", ["POST"], "/accounts/:id/pay", pathAttribute)]);

  it.each([
    ["/accounts/7/pay", "7"],
    ["/Accounts/Bob/PAY", "Bob"],
    ["/accounts/caf%C3%A9/pay", "café"],
    ["/accounts/a%40b/pay", "a@b"],
    ["/accounts/7/pay/", "7"],
  ])("POST %s gives %s, decoded once", (path, id) => {
    expect(judgePath(policy, "POST", path)).toMatchObject({ id: "pay", params: { id } });
  });

  it.each([
    "/accounts/7;id=8/pay",
    "/accounts/7%3b/pay",
    "/accounts/7%2541/pay",
    "/accounts/7./pay",
    "/accounts/7%20/pay",
    "/accounts/%EF%BC%97/pay",
    "/accounts/x%2f..%2f7/pay",
    "/accounts/9/pay%2f..%2f..%2f7%2fpay",
  ])("POST %s is refused or has one meaning", (path) => {
    const judgement = judgePath(policy, "POST", path);
    expect(judgement.kind === "refused" ? "7" : judgement.params["id"]).toBe("7");
  });

  it("refuses readings that disagree on a parameter that is an attribute", () => {
    expect(outcome(policy, "POST", "/accounts/7;id=8/pay")).toBe("ambiguous_target");
  });
});
