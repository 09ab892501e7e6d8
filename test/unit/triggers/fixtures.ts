import { base64url } from "jose";
import type { Tracked } from "../../../src/authsignal/port.ts";
import type { SignInApi, SignInQuestion, ValidatedSignIn } from "../../../src/authsignal/sign-in.ts";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { ok } from "../../../src/http/result.ts";
import { parseClients, type TriggerClients } from "../../../src/triggers/config.ts";
import type { CreateEvent, DefineEvent, Step, VerifyEvent } from "../../../src/triggers/events.ts";
import type { TriggerPorts } from "../../../src/triggers/ports.ts";

export const SUB = "a11ce000-5a11-4b0f-8000-000000000001";
export const OTHER_SUB = "b0b00000-5a11-4b0f-8000-000000000002";
export const NONCE = "00000000-0000-4000-8000-000000000001";
export const KEY = `${NONCE}-1`;
export const NOW_SECONDS = 1_763_890_000;
export const START_TOKEN = jwt({ sub: SUB, idempotencyKey: KEY });
export const RESULT_TOKEN = jwt({ sub: SUB, idempotencyKey: KEY, result: true });

/** A token of Authsignal's shape. */
export function jwt(payload: object): string {
  const part = (text: string): string => base64url.encode(new TextEncoder().encode(text));
  return [part('{"alg":"HS256"}'), part(JSON.stringify(payload)), part("s".repeat(32))].join(".");
}

/** Clients of every kind; each as its name says. */
export const CLIENTS = clientsOf({
  passwordless: { flow: "passwordless", ui: "own" },
  prebuilt: { flow: "passwordless", ui: "prebuilt", redirectUrl: "https://app.example.com/back" },
  address: { flow: "passwordless", ui: "own", unenrolled: "verified-address" },
  mfa: { flow: "password-first", ui: "own", methods: ["PASSKEY", "EMAIL_OTP"] },
  enroll: { flow: "password-first", ui: "own", unenrolled: "enroll" },
  allow: { flow: "password-first", ui: "own", unenrolled: "allow", unenrolledReason: "a pilot until May" },
  strict: { flow: "password-first", ui: "own", requireChallenge: true, signUp: "closed" },
});

export function clientsOf(clients: object): TriggerClients {
  const parsed = parseClients(JSON.stringify(clients));
  if (!parsed.ok) {
    throw new Error(parsed.error.map(({ setting, fix }) => `${setting} ${fix}`).join("; "));
  }
  return parsed.value;
}

/** Authsignal with answers that a test writes, and the questions it was asked. */
export interface Script {
  readonly questions: SignInQuestion[];
  readonly validations: string[];
  readonly enrolled: string[];
  track: (question: SignInQuestion) => Partial<Tracked>;
  validate: (token: string) => Partial<ValidatedSignIn>;
}

export function scripted(): Script & SignInApiOf {
  const script: Script = {
    questions: [],
    validations: [],
    enrolled: [],
    track: () => ({}),
    validate: () => ({}),
  };
  const api: SignInApi = {
    track: (question) => {
      script.questions.push(question);
      const token = jwt({ sub: question.userId, idempotencyKey: question.idempotencyKey });
      const answer: Tracked = {
        state: "CHALLENGE_REQUIRED",
        isEnrolled: true,
        url: `https://mfa.authsignal.com/?token=${token}`,
        token,
        ruleIds: [],
      };
      return Promise.resolve(ok({ ...answer, ...script.track(question) }));
    },
    validate: (token, userId, action) => {
      script.validations.push(token);
      const answer: ValidatedSignIn = {
        state: "CHALLENGE_SUCCEEDED",
        userId,
        action,
        idempotencyKey: KEY,
        verificationMethod: "EMAIL_OTP",
        stateUpdatedAt: "2026-11-23T09:00:00.000Z",
      };
      return Promise.resolve(ok({ ...answer, ...script.validate(token) }));
    },
    enrolAddress: (_userId, address) => {
      script.enrolled.push(address.method);
      return Promise.resolve(ok(undefined));
    },
  };
  return Object.assign(script, { api });
}
interface SignInApiOf {
  readonly api: SignInApi;
}

export async function portsOf(api: SignInApi, changes: Partial<TriggerPorts> = {}): Promise<TriggerPorts> {
  let uuids = 0;
  return {
    authsignal: api,
    keyring: await makeKeyring(["a-signing-secret-of-32-characters-or-more"]),
    nowSeconds: () => NOW_SECONDS,
    randomUuid: () => {
      uuids += 1;
      return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
    },
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    record: () => undefined,
    ...changes,
  };
}

export const SRP: readonly Step[] = [
  { challengeName: "SRP_A", challengeResult: true },
  { challengeName: "PASSWORD_VERIFIER", challengeResult: true },
];

/** A custom step as Create names it. */
export function step(
  kind: string,
  round: number,
  challengeResult: boolean,
  { nonce = NONCE, name = "CUSTOM_CHALLENGE" } = {},
): Step {
  return {
    challengeName: name,
    challengeResult,
    challengeMetadata: `sallyport:${kind}:${nonce}:${round}`,
  };
}
export const PREPARED = step("prepare", 0, true);

const ATTRIBUTES = { sub: SUB, email: "alice@example.com", email_verified: "true" };

export function defineEvent(
  clientId: string,
  session: readonly Step[],
  request: Partial<DefineEvent["request"]> = {},
): DefineEvent {
  return {
    userName: "alice",
    callerContext: { clientId },
    triggerSource: "DefineAuthChallenge_Authentication",
    request: { userAttributes: ATTRIBUTES, session: [...session], userNotFound: false, ...request },
  };
}

export function createEvent(
  clientId: string,
  session: readonly Step[],
  request: Partial<CreateEvent["request"]> = {},
): CreateEvent {
  return {
    userName: "alice",
    callerContext: { clientId },
    triggerSource: "CreateAuthChallenge_Authentication",
    request: {
      userAttributes: ATTRIBUTES,
      challengeName: "CUSTOM_CHALLENGE",
      session: [...session],
      userNotFound: false,
      ...request,
    },
  };
}

export function verifyEvent(
  clientId: string,
  privateChallengeParameters: Record<string, string>,
  challengeAnswer: string,
  request: Partial<VerifyEvent["request"]> = {},
): VerifyEvent {
  return {
    userName: "alice",
    callerContext: { clientId },
    triggerSource: "VerifyAuthChallengeResponse_Authentication",
    request: { userAttributes: ATTRIBUTES, privateChallengeParameters, challengeAnswer, ...request },
  };
}
