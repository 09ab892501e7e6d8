import * as z from "zod/mini";
import { fail, ok, type Result } from "../http/result.ts";
import { parseSub } from "../identity/principal.ts";
import {
  AUTHENTICATOR_TYPES,
  type AuthsignalEvent,
  EventId,
  EventType,
  ShortText,
  TenantId,
  UserId,
  Word,
} from "./event.ts";

/** Authsignal sends up to 500 records in a batch (authsignal.md 6.2). */
const MAX_RECORDS = 1000;
const SOURCE = "https://authsignal.com";

/** Every field that Authsignal may add is ignored; every field that is read is checked. */
const envelope = {
  version: z.literal(1),
  source: z.literal(SOURCE),
  time: z.iso.datetime({ offset: true }),
  tenantId: TenantId,
};
const Envelope = z.object({
  ...envelope,
  id: EventId,
  type: EventType,
  data: z.record(z.string(), z.unknown()),
});
/** The payload is called `record` here, and the documented example has no `id` (security.md 0.5). */
const LogRecord = z.object({
  ...envelope,
  id: z.optional(EventId),
  type: EventType,
  record: z.record(z.string(), z.unknown()),
});
const Batch = z.object({ records: z.array(z.unknown()).check(z.maxLength(MAX_RECORDS)) });

const AuthenticatorData = z.object({
  userId: UserId,
  userAuthenticatorId: z.optional(ShortText),
  verificationMethod: z.optional(z.string()),
});
const VerifyData = z.object({
  userId: UserId,
  action: ShortText,
  idempotencyKey: z.optional(ShortText),
  verificationMethod: z.optional(z.string()),
});
const ActionLog = z.object({
  userId: UserId,
  actionCode: ShortText,
  idempotencyKey: z.optional(ShortText),
  state: z.optional(z.string()),
  outcome: z.optional(z.string()),
});
const ChallengeLog = z.object({
  userId: UserId,
  actionCode: ShortText,
  idempotencyKey: z.optional(ShortText),
  type: z.optional(z.string()),
});

/** What a delivery holds. */
export interface Delivery {
  readonly events: readonly AuthsignalEvent[];
  /** Records of a batch that are not events of ours; they hold up no other. */
  readonly refusedRecords: number;
}

export interface DeliveryRules {
  /** The tenant that events must come from; `undefined` when the configuration names none. */
  readonly tenantId: string | undefined;
}

/**
 * Reads a verified delivery: one event, or a batch of log records (authsignal.md 6.1). Unknown types are events too.
 * Fails with `refused` when the shape, source or tenant of a single event, or of every record, is wrong.
 */
export async function readDelivery(
  value: unknown,
  rules: DeliveryRules,
): Promise<Result<Delivery, "refused">> {
  const batch = Batch.safeParse(value);
  if (!batch.success) {
    const event = readEvent(value, rules);
    return event === undefined ? fail("refused") : ok({ events: [event], refusedRecords: 0 });
  }
  const read = await Promise.all(batch.data.records.map((record) => readRecord(record, rules)));
  const events = read.filter((event) => event !== undefined);
  const refusedRecords = read.length - events.length;
  return events.length === 0 && refusedRecords > 0 ? fail("refused") : ok({ events, refusedRecords });
}

function readEvent(value: unknown, rules: DeliveryRules): AuthsignalEvent | undefined {
  const parsed = Envelope.safeParse(value);
  if (!parsed.success || !isOurs(parsed.data.tenantId, rules)) {
    return undefined;
  }
  const { id, type, time, tenantId, data } = parsed.data;
  return eventOf({ id, tenantId, atMs: Date.parse(time) }, type, data);
}

async function readRecord(value: unknown, rules: DeliveryRules): Promise<AuthsignalEvent | undefined> {
  const parsed = LogRecord.safeParse(value);
  if (!parsed.success || !isOurs(parsed.data.tenantId, rules)) {
    return undefined;
  }
  const { type, time, tenantId, record } = parsed.data;
  const id = parsed.data.id ?? (await stableId([tenantId, type, time], record));
  return eventOf({ id, tenantId, atMs: Date.parse(time) }, type, record);
}

function isOurs(tenantId: string, rules: DeliveryRules): boolean {
  return rules.tenantId === undefined || rules.tenantId === tenantId;
}

/** The same record sent again gets the same id, whatever order its keys come in. */
async function stableId(of: readonly string[], record: Readonly<Record<string, unknown>>): Promise<string> {
  const { userId, actionCode, idempotencyKey, type } = record;
  const text = JSON.stringify([...of, userId, actionCode, idempotencyKey, type]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const hex = Array.from(digest.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0"));
  return `log-${hex.join("")}`;
}

type About = Pick<AuthsignalEvent, "id" | "tenantId" | "atMs">;

/** `undefined` when the type is known and its data is not what the contract promises. */
function eventOf(about: About, type: string, data: unknown): AuthsignalEvent | undefined {
  const authenticatorType = AUTHENTICATOR_TYPES.find((known) => known === type);
  if (authenticatorType !== undefined) {
    const parsed = AuthenticatorData.safeParse(data);
    return parsed.success
      ? {
          kind: "authenticator",
          ...about,
          type: authenticatorType,
          sub: parsed.data.userId,
          authenticatorId: parsed.data.userAuthenticatorId,
          verificationMethod: word(parsed.data.verificationMethod),
        }
      : undefined;
  }
  switch (type) {
    case "action.verify": {
      const parsed = VerifyData.safeParse(data);
      return parsed.success
        ? {
            kind: "action-verify",
            ...about,
            type,
            sub: parsed.data.userId,
            action: parsed.data.action,
            idempotencyKey: parsed.data.idempotencyKey,
            verificationMethod: word(parsed.data.verificationMethod),
          }
        : undefined;
    }
    case "action.log_created": {
      const parsed = ActionLog.safeParse(data);
      return parsed.success
        ? {
            kind: "action-log",
            ...about,
            type,
            sub: parsed.data.userId,
            action: parsed.data.actionCode,
            idempotencyKey: parsed.data.idempotencyKey,
            state: word(parsed.data.state),
            outcome: word(parsed.data.outcome),
          }
        : undefined;
    }
    case "challenge.log_created": {
      const parsed = ChallengeLog.safeParse(data);
      return parsed.success
        ? {
            kind: "challenge-log",
            ...about,
            type,
            sub: parsed.data.userId,
            action: parsed.data.actionCode,
            idempotencyKey: parsed.data.idempotencyKey,
            what: word(parsed.data.type),
          }
        : undefined;
    }
    default:
      return { kind: "unknown", ...about, type, sub: subOf(data) };
  }
}

/** Text that is not one of Authsignal's words is not passed on: it ends up in alerts that people read. */
function word(text: string | undefined): string | undefined {
  return Word.safeParse(text).data;
}

function subOf(data: unknown) {
  return parseSub(z.object({ userId: z.string() }).safeParse(data).data?.userId);
}
