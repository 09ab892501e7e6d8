import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reactionsTo } from "../../../src/events/reactions.ts";
import { findingsOf } from "../../../src/policy/findings.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import { readOne, SUB, wireRecord } from "../events/fixtures.ts";

function findings(reaction: object): string[] {
  const policy = parsePolicy(
    JSON.stringify({
      version: 1,
      default: { require: "deny" },
      routes: [],
      reactions: [{ id: "r", ...reaction }],
    }),
  );
  if (!policy.ok) {
    throw new Error(JSON.stringify(policy.error));
  }
  return findingsOf(policy.value).map(({ severity, path, message }) => `${severity} ${path} ${message}`);
}

describe("what the author of a reaction should know", () => {
  it.each(["revoke-user", "revoke-others", "sign-out-cognito", "disable-user"])(
    "that %s on failing codes locks people out",
    (effect) => {
      for (const type of ["challenge.log_created", "action.log_created"]) {
        expect(findings({ on: [type], do: [effect] })).toEqual([
          expect.stringMatching(/^warning reactions\[0\]\.do .*may lock them out/),
        ]);
      }
      expect(findings({ on: ["authenticator.deleted"], do: [effect] })).toEqual([]);
    },
  );

  it("that an authenticator's events end no session of their own", () => {
    expect(findings({ on: ["authenticator.created"], do: ["revoke-session"] })).toEqual([
      expect.stringContaining("never ends a session"),
    ]);
    expect(findings({ on: ["action.log_created"], do: ["revoke-session"] })).toEqual([]);
  });

  it("that a type is not documented", () => {
    expect(findings({ on: ["authenticator.delted"], do: ["alert"] })).toEqual([
      expect.stringMatching(/^note reactions\[0\]\.on .*authenticator\.delted/),
    ]);
  });
});

describe("the policies that ship", () => {
  const FAILING = [
    "SMS_CODE_INVALID_OR_EXPIRED",
    "EMAIL_OTP_MAX_ATTEMPTS_EXCEEDED",
    "SMS_RATE_LIMIT_EXCEEDED",
  ];

  it.each(["policy.json", ...["bank", "clinic", "saas", "shop"].map((name) => `examples/${name}.jsonc`)])(
    "%s: whoever can only make codes fail locks nobody out",
    async (file) => {
      const policy = parsePolicy(readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8"));
      const reactions = policy.ok ? policy.value.document.reactions : undefined;
      const events = await Promise.all([
        ...FAILING.map((type) =>
          readOne({
            records: [
              wireRecord({
                type: "challenge.log_created",
                record: { userId: SUB, actionCode: "transfer", type },
              }),
            ],
          }),
        ),
        ...["CHALLENGE_FAILED", "CHALLENGE_REQUIRED", "BLOCK"].map((state) =>
          readOne({
            records: [
              wireRecord({ record: { userId: SUB, actionCode: "transfer", state, outcome: "CHALLENGE" } }),
            ],
          }),
        ),
      ]);
      for (const event of events) {
        const effects = reactionsTo(event, reactions ?? []).flatMap((reaction) => reaction.do);
        expect(effects.filter((effect) => effect !== "alert" && effect !== "record")).toEqual([]);
      }
    },
  );
});
