import { describe, expect, it } from "vitest";
import { describeJudgement } from "../../../src/policy/describe.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { judgePath, policyOf } from "./fixtures.ts";

const live = { id: "live", match: { path: "/live/*" }, require: "sign-in", revocable: true };
const rest = { id: "rest", match: { path: "/*" }, require: "sign-in" };

describe("revocable", () => {
  it("is false where nobody says otherwise", () => {
    const policy = policyOf([live, rest]);
    expect(judgePath(policy, "GET", "/live/ws")).toMatchObject({ id: "live", isRevocable: true });
    expect(judgePath(policy, "GET", "/other")).toMatchObject({ id: "rest", isRevocable: false });
    expect(judgePath(policyOf([]), "GET", "/")).toMatchObject({ id: "default", isRevocable: false });
  });

  it.each(["/x/..%2flive/ws", "/LIVE/ws", "//live/ws", "/live;x=1/ws", "/%6cive/ws"])(
    "holds for %s, which some origin may read as the route",
    (path) => {
      for (const routes of [
        [live, rest],
        [{ ...live, match: { path: "/Live/*" } }, rest],
      ]) {
        expect(judgePath(policyOf(routes), "GET", path)).toMatchObject({ isRevocable: true });
      }
    },
  );

  it("is said in words, so that a difference shows", () => {
    const step = { id: "pay", match: { methods: ["GET"], path: "/pay" }, require: "step-up", action: "pay" };
    const policy = policyOf([live, { ...step, revocable: true }]);
    expect(describeJudgement(judgePath(policy, "GET", "/live/ws"))).toBe("sign-in (revocable)");
    expect(describeJudgement(judgePath(policy, "GET", "/pay"))).toBe("step-up pay (revocable)");
  });

  it.each(["nothing", "deny"])(
    "means nothing on a route that requires %s, and is refused there",
    (require) => {
      const routes = [{ id: "odd", match: { path: "/odd" }, require, revocable: true }];
      expect(parsePolicy(JSON.stringify({ version: 1, default: { require: "deny" }, routes })).ok).toBe(
        false,
      );
    },
  );
});
