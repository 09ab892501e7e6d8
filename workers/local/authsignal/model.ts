/** The states an action can be in (reference 2.1). */
export const USER_ACTION_STATES = [
  "ALLOW",
  "BLOCK",
  "CHALLENGE_REQUIRED",
  "CHALLENGE_SUCCEEDED",
  "CHALLENGE_FAILED",
  "REVIEW_REQUIRED",
  "REVIEW_SUCCEEDED",
  "REVIEW_FAILED",
] as const;
export type UserActionState = (typeof USER_ACTION_STATES)[number];

/** What a rule, or an action by default, decides (reference 7.1). */
export const OUTCOMES = ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The verification methods this tenant has switched on. */
export const TENANT_METHODS = ["EMAIL_OTP", "AUTHENTICATOR_APP"] as const;
export type Method = (typeof TENANT_METHODS)[number];

export type CustomData = Readonly<Record<string, string | number | boolean>>;

export interface User {
  readonly userId: string;
  email?: string | undefined;
  emailVerified: boolean;
  phoneNumber?: string | undefined;
  phoneNumberVerified: boolean;
  username?: string | undefined;
  displayName?: string | undefined;
  locale?: string | undefined;
  custom?: CustomData | undefined;
}

export interface Authenticator {
  readonly userId: string;
  readonly userAuthenticatorId: string;
  readonly verificationMethod: Method;
  readonly createdAt: string;
  readonly verifiedAt: string;
  lastVerifiedAt?: string;
  isDefault: boolean;
  /** EMAIL_OTP only. */
  email?: string;
  /** AUTHENTICATOR_APP only: the shared secret in base32. Never leaves the server API. */
  secret?: string;
  /** AUTHENTICATOR_APP only: the last time step that was accepted, so that a code works once. */
  lastTimeStep?: number;
}

/** A rule as it was when an action met it. */
export interface RuleSnapshot {
  readonly ruleId: string;
  readonly name: string;
  readonly description?: string | undefined;
}

export interface Rule extends RuleSnapshot {
  /** 0 to 99, the lowest decides. */
  readonly priority: number;
  readonly isActive: boolean;
  readonly type: Outcome;
  /** A JsonLogic document. */
  readonly conditions: unknown;
  /** For CHALLENGE: the methods that count. Absent: those of the action. */
  readonly verificationMethods?: readonly Method[] | undefined;
}

export interface ActionConfiguration {
  readonly actionCode: string;
  defaultOutcome: Outcome;
  verificationMethods: readonly Method[];
  rules: Rule[];
}

/** What names one tracked action (reference 2.5). */
export interface ActionKey {
  readonly userId: string;
  readonly actionCode: string;
  readonly idempotencyKey: string;
}

export interface TrackedAction extends ActionKey {
  readonly createdAt: string;
  state: UserActionState;
  stateUpdatedAt: string;
  readonly outcome: Outcome;
  /** Every rule that was triggered, in order of priority. */
  readonly rules: readonly RuleSnapshot[];
  readonly priorityRuleId?: string | undefined;
  readonly allowedVerificationMethods: readonly Method[];
  readonly custom: CustomData;
  readonly scope: string;
  readonly redirectUrl?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly deviceId?: string | undefined;
  verificationMethod?: Method;
  verifiedByAuthenticatorId?: string;
}
