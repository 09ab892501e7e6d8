import type { Authenticator, TrackedAction, User } from "./model.ts";

/** Events that are sent after the fact and tried again (reference 6.2). */
export type AuthenticatorEventType =
  | "authenticator.created"
  | "authenticator.updated"
  | "authenticator.deleted";
/** Events whose receiver decides whether something goes on. */
export type SynchronousEventType = "email.created" | "sms.created" | "push.created" | "action.verify";
/** Events that are collected and sent in batches. */
export type LogEventType = "action.log_created" | "challenge.log_created";
export type EventType = AuthenticatorEventType | SynchronousEventType | LogEventType;

export interface Envelope {
  readonly version: 1;
  readonly id: string;
  readonly source: "https://authsignal.com";
  readonly time: string;
  readonly tenantId: string;
  readonly type: EventType;
}

export interface WebhookEvent extends Envelope {
  readonly data: Readonly<Record<string, unknown>>;
}

/** A log event has `record` where others have `data` (reference 6.1). */
export interface LogEvent extends Envelope {
  readonly record: Readonly<Record<string, unknown>>;
}

export interface LogBatch {
  readonly records: readonly LogEvent[];
}

/** The `data` of an authenticator event. */
export function authenticatorData(
  type: AuthenticatorEventType,
  authenticator: Authenticator,
  time: string,
  includeCredentialPublicKey: boolean,
): Record<string, unknown> {
  const { userId, userAuthenticatorId, verificationMethod, createdAt, email, phoneNumber, credential } =
    authenticator;
  const identity = {
    userId,
    userAuthenticatorId,
    verificationMethod,
    ...(email === undefined ? {} : { email }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(credential === undefined
      ? {}
      : {
          credentialId: credential.credentialId,
          aaguid: credential.aaguid,
          credentialName: credential.name,
          ...(includeCredentialPublicKey ? { credentialPublicKey: credential.publicKey } : {}),
        }),
  };
  switch (type) {
    case "authenticator.created":
      return { ...identity, createdAt };
    case "authenticator.updated":
      return { ...identity, updatedAt: time };
    case "authenticator.deleted":
      return { ...identity, createdAt, deletedAt: time };
    default:
      return type satisfies never;
  }
}

/** The `record` of `action.log_created`: the action as it is when the record is written. */
export function actionRecord(
  tenantId: string,
  action: TrackedAction,
  user: User | undefined,
  enrolledVerificationMethods: readonly string[],
): Record<string, unknown> {
  const { userId, actionCode, idempotencyKey, createdAt, state, stateUpdatedAt, outcome } = action;
  const { verificationMethod, rules, priorityRuleId, ipAddress, countryCode, deviceId, custom } = action;
  return {
    tenantId,
    userId,
    actionCode,
    idempotencyKey,
    createdAt,
    updatedAt: stateUpdatedAt,
    state,
    stateUpdatedAt,
    outcome,
    verificationMethod,
    allowedVerificationMethods: action.allowedVerificationMethods,
    enrolledVerificationMethods,
    rules,
    priorityRuleId,
    ipAddress,
    countryCode,
    email: user?.email,
    phoneNumber: user?.phoneNumber,
    deviceId,
    custom,
  };
}
