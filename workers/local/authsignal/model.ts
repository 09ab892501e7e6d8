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

/** The verification methods this tenant has switched on (reference 2.1). */
export const TENANT_METHODS = [
  "EMAIL_OTP",
  "AUTHENTICATOR_APP",
  "PASSKEY",
  "PUSH",
  "SMS",
  "WHATSAPP",
  "EMAIL_MAGIC_LINK",
  "SECURITY_KEY",
  "QR_CODE",
] as const;
export type Method = (typeof TENANT_METHODS)[number];

/** The methods whose code is sent to an address. */
export type CodeChannel = Extract<Method, "EMAIL_OTP" | "SMS" | "WHATSAPP">;

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
  /** EMAIL_OTP and EMAIL_MAGIC_LINK only. */
  email?: string;
  /** SMS and WHATSAPP only, E.164. */
  phoneNumber?: string;
  /** PASSKEY and SECURITY_KEY only. */
  credential?: WebauthnCredential;
  /** AUTHENTICATOR_APP only: the shared secret in base32. Never leaves the server API. */
  secret?: string;
  /** AUTHENTICATOR_APP only: the last time step that was accepted, so that a code works once. */
  lastTimeStep?: number;
}

/** What is kept of a registered WebAuthn credential. Bytes are base64url. */
export interface WebauthnCredential {
  readonly credentialId: string;
  readonly publicKey: string;
  /** The last signature counter seen. */
  counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly deviceType: "singleDevice" | "multiDevice";
  readonly backedUp: boolean;
  readonly attachment?: "platform" | "cross-platform";
  readonly name: string;
  readonly deviceId: string;
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
  /** What the UI offers first when this rule decides. */
  readonly defaultVerificationMethod?: Method | undefined;
  /** What the UI offers to add after a success; documented for PASSKEY alone. */
  readonly promptToEnrollVerificationMethods?: readonly Method[] | undefined;
}

export interface ActionConfiguration {
  readonly actionCode: string;
  defaultOutcome: Outcome;
  verificationMethods: readonly Method[];
  rules: Rule[];
  defaultVerificationMethod?: Method | undefined;
  promptToEnrollVerificationMethods?: readonly Method[] | undefined;
  /** Where `action.verify` goes; a refusal stops the challenge (reference 6.2). */
  verificationWebhookUrl?: string | undefined;
  /** Per channel and locale; kept as given. */
  messagingTemplates?: unknown;
  lastActionCreatedAt?: string | undefined;
}

/** How one rule fared, and on what grounds: for people who ask why. */
export interface RuleTrace {
  readonly ruleId: string;
  readonly name: string;
  readonly fared: "triggered" | "not triggered" | "switched off";
  /** The variables it reads, with their values; an absent one is null. */
  readonly values: Readonly<Record<string, unknown>>;
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
  /** What the deciding rule, or else the action, offers first. */
  readonly defaultVerificationMethod?: Method | undefined;
  readonly promptToEnrollVerificationMethods?: readonly Method[] | undefined;
  /** How every rule of the action fared. */
  readonly trace?: readonly RuleTrace[] | undefined;
  readonly custom: CustomData;
  readonly scope: string;
  readonly redirectUrl?: string | undefined;
  readonly redirectToSettings?: boolean | undefined;
  readonly locale?: string | undefined;
  readonly ipAddress?: string | undefined;
  /** Of the address, where it is known. */
  readonly countryCode?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly deviceId?: string | undefined;
  verificationMethod?: Method;
  verifiedByAuthenticatorId?: string;
}
