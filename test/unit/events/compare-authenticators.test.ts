import { describe, expect, it } from "vitest";
import { eventOf } from "../../../src/events/compare-authenticators.ts";
import { AuthsignalEvent, UserId } from "../../../src/events/event.ts";
import type { Difference } from "../../../src/ledger/authenticator-list.ts";
import { SUB } from "./fixtures.ts";

const GONE: Difference = { id: "a-1", method: "PASSKEY", createdAtMs: 5, change: "deleted" };

describe("what a list of authenticators shows", () => {
  it("is told by events like those of a delivery, with an id that stays the same", () => {
    for (const change of ["created", "deleted"] as const) {
      for (const method of ["PASSKEY", ""]) {
        const event = eventOf(UserId.parse(SUB), { ...GONE, change, method }, "tenant-1");
        expect(AuthsignalEvent.safeParse(event).success).toBe(true);
        expect(event).toMatchObject({
          id: `catch-up:${change}:a-1`,
          type: `authenticator.${change}`,
          atMs: 5,
        });
      }
    }
    expect(eventOf(UserId.parse(SUB), { ...GONE, saidBy: "event-1" }, "t").id).toBe("event-1");
    const longest = { ...GONE, id: "a".repeat(100) };
    expect(AuthsignalEvent.safeParse(eventOf(UserId.parse(SUB), longest, "t")).success).toBe(true);
  });
});
