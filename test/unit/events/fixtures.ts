import type { AuthsignalEvent } from "../../../src/events/event.ts";
import { readDelivery } from "../../../src/events/schema.ts";

export const SUB = "a11ce000-5a11-4b0f-8000-000000000001";
export const TENANT_ID = "tenant-1";
export const EVENT_ID = "00000000-0000-4000-8000-000000000001";
export const EVENT_TIME = "2026-11-23T12:00:00.000Z";
export const EVENT_TIME_MS = Date.parse(EVENT_TIME);

/** An `authenticator.deleted` as Authsignal sends it (authsignal.md 6). */
export function wireEvent(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: 1,
    id: EVENT_ID,
    source: "https://authsignal.com",
    time: EVENT_TIME,
    tenantId: TENANT_ID,
    type: "authenticator.deleted",
    data: {
      userId: SUB,
      userAuthenticatorId: "5f9d2b9e-0000-4000-8000-000000000002",
      verificationMethod: "EMAIL_OTP",
      email: "alice@example.com",
      createdAt: EVENT_TIME,
      deletedAt: EVENT_TIME,
    },
    ...overrides,
  };
}

/** A record of a log batch; the documented example has no `id`. */
export function wireRecord(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: 1,
    source: "https://authsignal.com",
    time: EVENT_TIME,
    tenantId: TENANT_ID,
    type: "action.log_created",
    record: {
      tenantId: TENANT_ID,
      userId: SUB,
      actionCode: "transfer",
      idempotencyKey: "key-1",
      state: "BLOCK",
      outcome: "BLOCK",
      custom: { amount: 10 },
    },
    ...overrides,
  };
}

/** The one event of a delivery that must be good. */
export async function readOne(value: unknown): Promise<AuthsignalEvent> {
  const read = await readDelivery(value, { tenantId: TENANT_ID });
  const event = read.ok ? read.value.events[0] : undefined;
  if (event === undefined) {
    throw new Error("the fixture was refused");
  }
  return event;
}
