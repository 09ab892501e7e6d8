import { describe, expect, it } from "vitest";
import { compare, isComplete, wantedOf } from "../../../soak/expected.ts";
import { passkeyEventId, type PlannedEvent } from "../../../soak/plan.ts";

function event(id: string, kind: PlannedEvent["kind"], sub = "anna"): PlannedEvent {
  return { id, kind, sub, atMs: 0 };
}

const logs = ["l1", "l2", "l3", "l4"].map((id) => event(id, "log"));
const [first, second] = logs;
const passkey = event(passkeyEventId("anna"), "passkey");
const events = [...logs, event("d1", "deleted"), passkey];
const all = [...events.flatMap(wantedOf), "alert:l2/soak-failing"];

function without(...marks: readonly string[]): ReadonlySet<string> {
  return new Set(all.filter((mark) => !marks.includes(mark)));
}

describe("what is lost", () => {
  it("is nothing when every effect was done, whichever event reached the threshold", () => {
    expect(compare(events, new Set(all))).toEqual({ lost: new Set(), strangers: [], problems: [] });
    const other = new Set([...without("alert:l2/soak-failing"), "alert:l4/soak-failing"]);
    expect(compare(events, other).problems).toEqual([]);
    expect(isComplete(events, other)).toBe(true);
  });

  it.each([
    ["an alert", "alert:d1/soak", events[4]],
    ["a sign-out at the pool", `sign-out-cognito:${passkey.id}/soak-passkey`, passkey],
    ["a sign-out at Authsignal", `revoke-authsignal-sessions:${passkey.id}/soak-passkey`, passkey],
    ["the alert of a threshold", "alert:l2/soak-failing", first],
  ])("is the event of which %s is missing", (_what, mark, lost) => {
    const found = compare(events, without(mark));
    expect(found.lost).toEqual(new Set([lost]));
    expect(found.problems).toHaveLength(1);
    expect(isComplete(events, without(mark))).toBe(false);
  });
});

describe("what nothing calls for", () => {
  it("is an effect of no event, or of another user", () => {
    const mark = `sign-out-cognito:${passkeyEventId("bert")}/soak-passkey`;
    const found = compare(events, new Set([...all, mark]));
    expect(found.strangers).toEqual([mark]);
    expect(found.problems).toHaveLength(1);
    expect(found.lost.size).toBe(0);
  });

  it("is a threshold that is reached too often", () => {
    const found = compare(
      events,
      new Set([...all, `alert:${second?.id}/soak-failing`, "alert:l4/soak-failing"]),
    );
    expect(found.strangers).toEqual(["alert:l4/soak-failing"]);
  });

  it("is not the alert of a probe", () => {
    expect(compare(events, new Set([...all, "alert:probe-1/soak"])).strangers).toEqual([]);
  });
});
