import * as z from "zod/mini";
import { ifValid, ShortText, Time, Word } from "../authsignal/words.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { ActionCode } from "../policy/schema.ts";
import { type AuthsignalEvent, EventId, EventType, TenantId, UserId } from "./event.ts";
import { followedActionId, isFollowedAction } from "./followed-action.ts";
import { stableId } from "./stable-id.ts";

/** Authsignal sends up to 500 records in a batch (authsignal.md 6.2). */
const MAX_RECORDS = 1000;
const SOURCE = "https://authsignal.com";

/** Every field that Authsignal may add is ignored; every field that is read is checked. */
const envelope = {
  version: z.literal(1),
  source: z.literal(SOURCE),
  time: Time,
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
  userAuthenticatorId: ifValid(ShortText),
  verificationMethod: ifValid(Word),
});
const VerifyData = z.object({
  userId: UserId,
  action: ActionCode,
  idempotencyKey: ifValid(ShortText),
  verificationMethod: ifValid(Word),
});
const ActionLog = z.object({
  userId: UserId,
  actionCode: ActionCode,
  idempotencyKey: ifValid(ShortText),
  state: ifValid(Word),
  outcome: ifValid(Word),
  verificationMethod: ifValid(Word),
  countryCode: ifValid(Word),
});
const ChallengeLog = z.object({
  userId: UserId,
  actionCode: ActionCode,
  idempotencyKey: ifValid(ShortText),
  type: ifValid(Word),
  verificationMethod: ifValid(Word),
});
const AnyUserData = z.object({ userId: ifValid(UserId) });

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
    const event = await readEvent(value, rules);
    return event === undefined ? fail("refused") : ok({ events: [event], refusedRecords: 0 });
  }
  const read = await Promise.all(batch.data.records.map((record) => readRecord(record, rules)));
  const events = read.filter((event) => event !== undefined);
  const refusedRecords = read.length - events.length;
  return events.length === 0 && refusedRecords > 0 ? fail("refused") : ok({ events, refusedRecords });
}

async function readEvent(value: unknown, rules: DeliveryRules): Promise<AuthsignalEvent | undefined> {
  const parsed = Envelope.safeParse(value);
  if (!parsed.success || !isOurs(parsed.data.tenantId, rules)) {
    return undefined;
  }
  const { id, type, time, tenantId, data } = parsed.data;
  return identified(eventOf({ id, tenantId, atMs: Date.parse(time) }, type, data));
}

async function readRecord(value: unknown, rules: DeliveryRules): Promise<AuthsignalEvent | undefined> {
  const parsed = LogRecord.safeParse(value);
  if (!parsed.success || !isOurs(parsed.data.tenantId, rules)) {
    return undefined;
  }
  const { type, time, tenantId, record } = parsed.data;
  const id = parsed.data.id ?? (await recordId([tenantId, type, time], record));
  return identified(eventOf({ id, tenantId, atMs: Date.parse(time) }, type, record));
}

/** What is told of an action goes by the action and its state: the catch-up job finds no other id in Authsignal's list. */
async function identified(event: AuthsignalEvent | undefined): Promise<AuthsignalEvent | undefined> {
  return event !== undefined && isFollowedAction(event)
    ? { ...event, id: await followedActionId(event) }
    : event;
}

function isOurs(tenantId: string, rules: DeliveryRules): boolean {
  return rules.tenantId === undefined || rules.tenantId === tenantId;
}

/** The same record sent again gets the same id, whatever order its keys come in. */
function recordId(of: readonly string[], record: Readonly<Record<string, unknown>>): Promise<string> {
  const { userId, actionCode, idempotencyKey, type } = record;
  return stableId("log", [...of, userId, actionCode, idempotencyKey, type]);
}

type About = Pick<AuthsignalEvent, "id" | "tenantId" | "atMs">;

/** `undefined` when the type is known and its data is not what the contract promises (authsignal.md 6.3). */
function eventOf(about: About, type: string, data: unknown): AuthsignalEvent | undefined {
  switch (type) {
    case "authenticator.created":
    case "authenticator.updated":
    case "authenticator.deleted":
      return build(AuthenticatorData, data, ({ userId: sub, userAuthenticatorId, verificationMethod }) => ({
        ...about,
        kind: "authenticator",
        type,
        sub,
        authenticatorId: userAuthenticatorId,
        verificationMethod,
      }));
    case "action.verify":
      return build(VerifyData, data, ({ userId: sub, ...rest }) => ({
        ...about,
        kind: "action-verify",
        type,
        sub,
        ...rest,
      }));
    case "action.log_created":
      return build(ActionLog, data, ({ userId: sub, actionCode: action, ...rest }) => ({
        ...about,
        kind: "action-log",
        type,
        sub,
        action,
        ...rest,
      }));
    case "challenge.log_created":
      return build(ChallengeLog, data, ({ userId: sub, actionCode: action, type: what, ...rest }) => ({
        ...about,
        kind: "challenge-log",
        type,
        sub,
        action,
        what,
        ...rest,
      }));
    default:
      return build(AnyUserData, data, ({ userId: sub }) => ({ ...about, kind: "unknown", type, sub }));
  }
}

function build<Data>(
  schema: z.ZodMiniType<Data>,
  data: unknown,
  make: (data: Data) => AuthsignalEvent,
): AuthsignalEvent | undefined {
  const parsed = schema.safeParse(data);
  return parsed.success ? make(parsed.data) : undefined;
}
