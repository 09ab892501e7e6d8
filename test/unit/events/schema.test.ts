import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { AuthsignalEvent } from "../../../src/events/event.ts";
import { readDelivery } from "../../../src/events/schema.ts";
import { EVENT_ID, EVENT_TIME_MS, readOne, SUB, TENANT_ID, wireEvent, wireRecord } from "./fixtures.ts";

const RULES = { tenantId: TENANT_ID };

describe("a delivery of one event", () => {
  it("gives what a reaction may rest on, and leaves addresses and codes behind", async () => {
    expect(await readDelivery(wireEvent(), RULES)).toEqual({
      ok: true,
      value: {
        events: [
          {
            kind: "authenticator",
            type: "authenticator.deleted",
            id: EVENT_ID,
            tenantId: TENANT_ID,
            atMs: EVENT_TIME_MS,
            sub: SUB,
            authenticatorId: "5f9d2b9e-0000-4000-8000-000000000002",
            verificationMethod: "EMAIL_OTP",
          },
        ],
        refusedRecords: 0,
      },
    });
  });

  it("needs nothing of an authenticator but its user", async () => {
    expect(await readOne(wireEvent({ data: { userId: SUB } }))).toMatchObject({
      kind: "authenticator",
      sub: SUB,
    });
    const odd = { userId: SUB, userAuthenticatorId: 7, verificationMethod: "<b>email</b>" };
    expect(await readOne(wireEvent({ data: odd }))).toMatchObject({
      authenticatorId: undefined,
      verificationMethod: undefined,
    });
  });

  it("reads action.verify", async () => {
    const data = { userId: SUB, action: "transfer", idempotencyKey: "key-1", verificationMethod: "PASSKEY" };
    expect(await readOne(wireEvent({ type: "action.verify", data }))).toMatchObject({
      kind: "action-verify",
      sub: SUB,
      action: "transfer",
      idempotencyKey: "key-1",
      verificationMethod: "PASSKEY",
    });
  });

  it("accepts types it does not know, with the user if there is one, and without what else they carry", async () => {
    const data = { userId: SUB, to: "alice@example.com", code: "123456" };
    const event = await readOne(wireEvent({ type: "email.created", data }));
    expect(event).toEqual({
      kind: "unknown",
      type: "email.created",
      id: EVENT_ID,
      tenantId: TENANT_ID,
      atMs: EVENT_TIME_MS,
      sub: SUB,
    });
    expect(await readOne(wireEvent({ type: "tenant.renamed", data: {} }))).toMatchObject({ sub: undefined });
    expect(await readOne(wireEvent({ type: "tenant.renamed", data: { userId: "../x" } }))).toMatchObject({
      sub: undefined,
    });
  });

  it("reads a time with an offset", async () => {
    expect(await readOne(wireEvent({ time: "2026-11-23T13:00:00+01:00" }))).toMatchObject({
      atMs: EVENT_TIME_MS,
    });
  });

  it.each([
    ["another version", { version: 2 }],
    ["no id", { id: undefined }],
    ["an id with a slash", { id: "a/b" }],
    ["an id that is too long", { id: "a".repeat(129) }],
    ["another source", { source: "https://authsignal.com.example" }],
    ["a time that is none", { time: "yesterday" }],
    ["a time without a zone", { time: "2026-11-23T12:00:00" }],
    ["a day that does not exist", { time: "2026-02-30T12:00:00Z" }],
    ["another tenant", { tenantId: "tenant-2" }],
    ["no type", { type: undefined }],
    ["a type with a line break", { type: "a\nb" }],
    ["no data", { data: undefined }],
    ["data that is a list", { data: [] }],
    ["a user id that leads elsewhere", { data: { userId: "../../users/victim" } }],
    ["a user id that is no text", { data: { userId: [SUB] } }],
    ["no user id", { data: {} }],
  ])("is refused with %s", async (_, overrides) => {
    expect(await readDelivery(wireEvent(overrides), RULES)).toEqual({ ok: false, error: "refused" });
  });

  it("may come from any tenant when none is configured", async () => {
    const read = await readDelivery(wireEvent({ tenantId: "tenant-2" }), { tenantId: undefined });
    expect(read.ok).toBe(true);
  });
});

describe("a delivery of log records", () => {
  it("gives an event for each", async () => {
    const challenge = {
      userId: SUB,
      actionCode: "transfer",
      idempotencyKey: "key-1",
      type: "EMAIL_OTP_MAX_ATTEMPTS_EXCEEDED",
    };
    const records = [
      wireRecord(),
      wireRecord({ id: "record-2", type: "challenge.log_created", record: challenge }),
    ];
    const read = await readDelivery({ records }, RULES);
    expect(read).toMatchObject({
      ok: true,
      value: {
        events: [
          { kind: "action-log", sub: SUB, action: "transfer", state: "BLOCK", outcome: "BLOCK" },
          { kind: "challenge-log", id: "record-2", sub: SUB, what: "EMAIL_OTP_MAX_ATTEMPTS_EXCEEDED" },
        ],
        refusedRecords: 0,
      },
    });
  });

  it("gives a record without an id always the same one, and different records different ones", async () => {
    const idOf = async (record: unknown) => (await readOne({ records: [record] })).id;
    const record = { userId: SUB, actionCode: "transfer", idempotencyKey: "key-1", type: "SMS_SENT" };
    const type = "challenge.log_created";
    const one = wireRecord({ type, record });
    const first = await idOf(one);
    expect(first).toMatch(/^log-[0-9a-f]{32}$/);
    expect(await idOf(JSON.parse(JSON.stringify(one)))).toBe(first);
    const later = wireRecord({ type, record, time: "2026-11-23T12:00:00.001Z" });
    const other = wireRecord({ type, record: { ...record, idempotencyKey: "key-2" } });
    expect(new Set([first, await idOf(later), await idOf(other)]).size).toBe(3);
  });

  it("does not let a bad record hold up the good ones", async () => {
    const records = [
      null,
      wireRecord(),
      { ...wireRecord(), tenantId: "tenant-2" },
      wireRecord({ record: {} }),
    ];
    const read = await readDelivery({ records }, RULES);
    expect(read).toMatchObject({ ok: true, value: { events: [{ kind: "action-log" }], refusedRecords: 3 } });
  });

  it("may be empty, but not all bad, nor endless", async () => {
    expect(await readDelivery({ records: [] }, RULES)).toMatchObject({ ok: true, value: { events: [] } });
    expect((await readDelivery({ records: [1, 2] }, RULES)).ok).toBe(false);
    expect((await readDelivery({ records: Array(1001).fill(wireRecord()) }, RULES)).ok).toBe(false);
  });
});

describe("whatever is delivered", () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(undefined, SUB, EVENT_ID, "2026-11-23T12:00:00Z"),
  );
  const envelopes = fc
    .dictionary(fc.constantFrom("version", "id", "source", "time", "tenantId", "type", "data"), odd, {
      maxKeys: 2,
    })
    .map(wireEvent);
  const records = fc
    .dictionary(fc.constantFrom("version", "id", "source", "time", "tenantId", "type", "record"), odd, {
      maxKeys: 2,
    })
    .map(wireRecord);
  const deliveries = fc.oneof(odd, envelopes, fc.record({ records: fc.array(fc.oneof(odd, records)) }));

  it("is read without an exception, and each event survives the queue as it is", async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async (value) => {
        const read = await readDelivery(value, RULES);
        for (const event of read.ok ? read.value.events : []) {
          const travelled: unknown = JSON.parse(JSON.stringify(event));
          expect(AuthsignalEvent.parse(travelled)).toEqual(travelled);
          expect(event.tenantId).toBe(TENANT_ID);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
