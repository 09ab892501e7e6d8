import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { Alert } from "../../../src/events/alert.ts";
import { outsideEffects, type OutsidePorts } from "../../../src/events/outside.ts";
import type { Reaction } from "../../../src/policy/schema.ts";
import { EVENT_ID, EVENT_TIME, readOne, SUB, wireEvent } from "./fixtures.ts";

const REACTION: Reaction = { id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] };
const ID = `${EVENT_ID}/removed`;

function world(changes: Partial<OutsidePorts> = {}) {
  const entries: AuditEntry[] = [];
  const calls: string[] = [];
  const alerts: Alert[] = [];
  const call = (name: string) => async (sub: string) => {
    calls.push(`${name} ${sub}`);
    return undefined;
  };
  const outside = outsideEffects({
    userPool: { signOut: call("sign out"), disable: call("disable") },
    authsignal: { revokeSessions: call("revoke") },
    sendAlert: async (alert) => {
      alerts.push(alert);
    },
    record: (entry) => entries.push(entry),
    ...changes,
  });
  return { outside, entries, calls, alerts };
}

describe("an effect outside the ledger", () => {
  it("goes to Cognito and Authsignal for the event's user", async () => {
    const { outside, calls } = world();
    const event = await readOne(wireEvent());
    for (const effect of ["sign-out-cognito", "disable-user", "revoke-authsignal-sessions"] as const) {
      expect(await outside(effect, event, REACTION)).toBeUndefined();
    }
    expect(calls).toEqual([`sign out ${SUB}`, `disable ${SUB}`, `revoke ${SUB}`]);
  });

  it("waits until what it needs is configured", async () => {
    const { outside } = world({ userPool: undefined, authsignal: undefined });
    const event = await readOne(wireEvent());
    expect(await outside("sign-out-cognito", event, REACTION)).toContain("AWS credentials");
    expect(await outside("disable-user", event, REACTION)).toContain("AWS credentials");
    expect(await outside("revoke-authsignal-sessions", event, REACTION)).toContain("AUTHSIGNAL_URL");
  });

  it("tells in an alert what happened and what the policy does about it", async () => {
    const { outside, alerts } = world();
    expect(await outside("alert", await readOne(wireEvent()), REACTION)).toBeUndefined();
    expect(alerts).toEqual([
      {
        id: ID,
        type: "authenticator.deleted",
        sub: SUB,
        reaction: "removed",
        at: EVENT_TIME,
        summary: `An authenticator (EMAIL_OTP) of user ${SUB} was removed. All sessions from before it are ended.`,
      },
    ]);
  });

  it("records an alert that did not arrive, with the reason, and one that had nowhere to go", async () => {
    const sendAlert = () => Promise.reject(new Error("the alert URL answered 500"));
    const failing = world({ sendAlert });
    const reason = "the alert URL answered 500";
    expect(await failing.outside("alert", await readOne(wireEvent()), REACTION)).toBe(reason);
    expect(failing.entries).toEqual([{ event: "alert_failed", requestId: ID, sub: SUB, reason }]);
    const nowhere = world({ sendAlert: undefined });
    expect(await nowhere.outside("alert", await readOne(wireEvent()), REACTION)).toBeUndefined();
    expect(nowhere.entries).toMatchObject([{ event: "alert_failed", reason: "no alert URL is configured" }]);
  });

  it("records", async () => {
    const { outside, entries } = world();
    await outside("record", await readOne(wireEvent()), REACTION);
    expect(entries).toEqual([
      { event: "event_received", requestId: ID, sub: SUB, reason: "authenticator.deleted" },
    ]);
  });
});
