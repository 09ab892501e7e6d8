import { describe, expect, it } from "vitest";
import { summaryOf } from "../../../src/events/summary.ts";
import { readOne, SUB, wireEvent, wireRecord } from "./fixtures.ts";

describe("the summary of an alert", () => {
  it.each([
    [wireEvent({ type: "authenticator.created" }), `An authenticator (EMAIL_OTP) of user ${SUB} was added.`],
    [
      wireEvent({ type: "authenticator.updated", data: { userId: SUB } }),
      `An authenticator of user ${SUB} was changed.`,
    ],
    [
      wireEvent({ type: "action.verify", data: { userId: SUB, action: "transfer" } }),
      `A challenge of user ${SUB} for the action transfer is about to be passed.`,
    ],
    [{ records: [wireRecord()] }, `The action transfer of user ${SUB} ended as BLOCK.`],
    [
      {
        records: [
          wireRecord({
            type: "challenge.log_created",
            record: { userId: SUB, actionCode: "transfer", type: "EMAIL_OTP_SENT" },
          }),
        ],
      },
      `A challenge of user ${SUB} for the action transfer reported EMAIL_OTP_SENT.`,
    ],
    [wireEvent({ type: "tenant.renamed", data: {} }), "Authsignal reported tenant.renamed."],
  ])("says what happened (%#)", async (delivery, sentence) => {
    expect(summaryOf(await readOne(delivery), ["alert"])).toBe(sentence);
  });

  it("adds what was done, and promises nothing for an event without a user", async () => {
    expect(summaryOf(await readOne(wireEvent()), ["revoke-user", "end-grants", "alert"])).toBe(
      `An authenticator (EMAIL_OTP) of user ${SUB} was removed. All sessions from before it are ended. Earlier step-ups no longer count.`,
    );
    const anonymous = await readOne(wireEvent({ type: "tenant.renamed", data: {} }));
    expect(summaryOf(anonymous, ["revoke-user"])).toBe("Authsignal reported tenant.renamed.");
  });
});
