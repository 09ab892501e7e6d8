import { startAuthsignal, type AuthsignalStandIn } from "../../../workers/local/authsignal/start.ts";
import type { ClientOptions } from "../../../workers/local/cognito/clients.ts";
import { startCognito, type CognitoStandIn } from "../../../workers/local/cognito/start.ts";
import type { TriggerOptions } from "../../../workers/local/cognito/triggers/targets.ts";
import { bundleOf, buildLambdas, TRIGGERS } from "../../../workers/local/lambda/bundles.ts";
import { triggersAt } from "../../../workers/local/lambda/local-triggers.ts";
import { startLambda, type LambdaStandIn } from "../../../workers/local/lambda/start.ts";
import { SEED_USERS } from "../../../workers/local/seed.ts";

export const POOL_ID = "us-east-1_Sallyport1";
export const PASSWORDLESS = "passwordless0client";
export const PREBUILT = "prebuilt0client";
export const MFA = "mfa0client";
export const STRICT = "strict0client";
export const UNTOUCHED = "untouched0client";
export const RETURN_URL = "http://app.localhost:8080/back";
export const SIGNING_SECRET = "wire-test-signing-secret-0000000000000";
export const AUTHSIGNAL_SECRET = "wire-test-secret-key";

/** How each app client of the pool signs in; UNTOUCHED is none of the triggers' business. */
export const CLIENTS = {
  [PASSWORDLESS]: { flow: "passwordless", ui: "own", unenrolled: "verified-address", signUp: "closed" },
  [PREBUILT]: { flow: "passwordless", ui: "prebuilt", redirectUrl: RETURN_URL },
  [MFA]: { flow: "password-first", ui: "own", action: "mfa" },
  [STRICT]: {
    flow: "password-first",
    ui: "own",
    action: "mfa",
    requireChallenge: true,
    unenrolled: "enroll",
  },
};

/** The pool, Authsignal and the bundles of `dist/lambda`, as they meet in production. */
export interface Stage {
  readonly cognito: CognitoStandIn;
  readonly authsignal: AuthsignalStandIn;
  readonly lambda: LambdaStandIn;
  /** What the functions logged: one JSON object a line. */
  readonly logs: string[];
  readonly triggers: TriggerOptions;
  close(): Promise<void>;
}

/** Starts it all. The action `sign-in` challenges everybody, `mfa` those who send no `trusted` device. */
export async function startStage(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  await buildLambdas();
  const authsignal = await startAuthsignal({
    port: 0,
    secretKey: AUTHSIGNAL_SECRET,
    tenantId: "wire-test-tenant",
    users: SEED_USERS,
  });
  await steer(authsignal, "PUT", "actions/sign-in", { defaultOutcome: "CHALLENGE" });
  await steer(authsignal, "PUT", "actions/mfa", { defaultOutcome: "CHALLENGE" });
  const logs: string[] = [];
  const lambda = await startLambda({
    port: 0,
    functions: Object.fromEntries(
      TRIGGERS.map(({ name }) => [
        name,
        { bundle: bundleOf(name), env: { ...environment(authsignal), ...env } },
      ]),
    ),
    onLog: (line) => logs.push(line),
  });
  const triggers = triggersAt(lambda.url);
  const client = (clientId: string): ClientOptions => ({
    clientId,
    authFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  });
  const cognito = await startCognito({
    port: 0,
    users: SEED_USERS,
    userPoolId: POOL_ID,
    clientId: UNTOUCHED,
    callbackUrls: [],
    logoutUrls: [],
    clients: [
      client(PASSWORDLESS),
      { ...client(PREBUILT), preventUserExistenceErrors: "LEGACY" },
      client(MFA),
      { clientId: STRICT },
    ],
    triggers,
  });
  return {
    cognito,
    authsignal,
    lambda,
    logs,
    triggers,
    close: async () => {
      await Promise.all([cognito.close(), lambda.close(), authsignal.close()]);
    },
  };
}

/** A function's environment variables, as the template sets them. */
export function environment(authsignal: AuthsignalStandIn): Record<string, string> {
  return {
    SIGN_IN_CLIENTS: JSON.stringify(CLIENTS),
    SIGN_IN_SECRET: SIGNING_SECRET,
    AUTHSIGNAL_URL: `${authsignal.url}/v1`,
    AUTHSIGNAL_SECRET,
    AUTHSIGNAL_CHALLENGE_HOSTS: new URL(authsignal.publicUrl).host,
  };
}

/** Tells a stand-in's control API something. */
export async function steer(
  { url }: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${url}/control/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} /control/${path}: ${response.status} ${text}`);
  }
  return text === "" ? undefined : JSON.parse(text);
}

/** The client API of Authsignal, as its browser SDK calls it with a token. */
export async function clientApi(
  { authsignal }: Pick<Stage, "authsignal">,
  path: string,
  token: string,
  body: object = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(`${authsignal.url}/v1/client/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  // Every answer of the client API is a JSON object.
  return (await response.json()) as Record<string, unknown>;
}

/** Goes through an e-mail challenge as its owner; gives the result token. */
export async function approveByEmail(
  stage: Pick<Stage, "authsignal">,
  token: string,
  email: string,
): Promise<string> {
  await clientApi(stage, "challenge/email-otp", token);
  const [message] = (await steer(stage.authsignal, "GET", `inbox?to=${encodeURIComponent(email)}`)) as {
    code: string;
  }[]; // the documented shape
  const verified = await clientApi(stage, "verify/email-otp", token, {
    verificationCode: message?.code ?? "",
  });
  if (verified["isVerified"] !== true) {
    throw new Error(`the code was not taken: ${JSON.stringify(verified)}`);
  }
  return String(verified["accessToken"]);
}
