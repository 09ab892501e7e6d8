import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { Alert } from "../../../src/events/alert.ts";
import { react, type ReactPorts } from "../../../src/events/react.ts";
import { effectsOf } from "../../../src/events/reactions.ts";
import type { Revocation } from "../../../src/ledger/port.ts";
import { EVENT_ID, EVENT_TIME_MS, readOne, SUB, wireEvent } from "./fixtures.ts";

const REACTION = {
  id: "all",
  on: ["authenticator.deleted"],
  do: ["revoke-user" as const, "end-grants" as const, "alert" as const, "record" as const],
};
const ID = `${EVENT_ID}/all`;

/** A ledger that keeps what it is told and, like the real one, applies each id once. */
function world() {
  const revocations: Revocation[] = [];
  const endedGrants: string[] = [];
  const alerts: Alert[] = [];
  const entries: AuditEntry[] = [];
  const names: string[] = [];
  const broken = new Set<"revoke" | "endGrants" | "alert">();
  const fails = (part: "revoke" | "endGrants" | "alert") => {
    if (broken.has(part)) {
      throw new Error(`${part} is broken`);
    }
  };
  const ports: ReactPorts = {
    ledgerOf(sub) {
      names.push(sub);
      return {
        async revoke(revocation) {
          fails("revoke");
          const isNew = revocations.every(({ id }) => id !== revocation.id);
          revocations.push(revocation);
          return isNew;
        },
        async endGrants(id) {
          fails("endGrants");
          const isNew = !endedGrants.includes(id);
          endedGrants.push(id);
          return isNew;
        },
      };
    },
    async sendAlert(alert) {
      fails("alert");
      alerts.push(alert);
    },
    record: (entry) => entries.push(entry),
  };
  return { ports, broken, revocations, endedGrants, alerts, entries, names };
}

const allEffects = async () => effectsOf(await readOne(wireEvent()), [REACTION], EVENT_TIME_MS);

describe("reacting", () => {
  it("applies each effect to the ledger of the event's user, to the alert URL and to the record", async () => {
    const { ports, revocations, endedGrants, alerts, entries, names } = world();
    expect(await react(await allEffects(), ports)).toEqual([]);
    expect(new Set(names)).toEqual(new Set([SUB]));
    const reason = "authenticator.deleted";
    expect(revocations).toEqual([{ id: ID, scope: "user", beforeMs: EVENT_TIME_MS, reason }]);
    expect(endedGrants).toEqual([ID]);
    expect(alerts.map(({ id }) => id)).toEqual([ID]);
    expect(entries).toContainEqual({ event: "event_received", requestId: ID, sub: SUB, reason });
    expect(entries).toContainEqual({ event: "revoked", requestId: ID, sub: SUB, reason: "revoke-user" });
  });

  it("gives the same ids a second time, and records a revocation only when it is new", async () => {
    const { ports, revocations, entries } = world();
    await react(await allEffects(), ports);
    await react(await allEffects(), ports);
    expect(new Set(revocations.map(({ id }) => id)).size).toBe(1);
    expect(entries.filter(({ event }) => event === "revoked")).toHaveLength(2);
  });

  it.each(["revoke", "endGrants", "alert"] as const)(
    "does the rest when %s fails, and says so",
    async (part) => {
      const { ports, broken, revocations, endedGrants, alerts } = world();
      broken.add(part);
      const failed = await react(await allEffects(), ports);
      const kinds = { revoke: "revoke-user", endGrants: "end-grants", alert: "alert" } as const;
      expect(failed.map(({ kind }) => kind)).toEqual([kinds[part]]);
      expect(revocations.length + endedGrants.length + alerts.length).toBe(2);
    },
  );

  it("records an alert that did not arrive, with the reason", async () => {
    const { ports, broken, entries } = world();
    broken.add("alert");
    await react(await allEffects(), ports);
    expect(entries).toContainEqual({
      event: "alert_failed",
      requestId: ID,
      sub: SUB,
      reason: "alert is broken",
    });
  });

  it("records an alert where no alert URL is configured, and is done with it", async () => {
    const { ports, entries } = world();
    expect(await react(await allEffects(), { ...ports, sendAlert: undefined })).toEqual([]);
    const reason = "no alert URL is configured";
    expect(entries).toContainEqual({ event: "alert_failed", requestId: ID, sub: SUB, reason });
  });
});
