import { randomBytes } from "node:crypto";
import type { AuthsignalStandIn } from "../authsignal/start.ts";
import type { ClientOptions } from "../cognito/clients.ts";
import type { TriggerOptions } from "../cognito/triggers/targets.ts";
import { bundleOf, buildLambdas, TRIGGERS, type TriggerBundle } from "./bundles.ts";
import { startLambda } from "./start.ts";

/** The app clients of the local pool whose people sign in through Authsignal. */
export const TRIGGER_CLIENTS = {
  passwordless: "4s4llyp0rtpassw0rd1ess0001",
  passwordFirst: "4s4llyp0rtpassw0rdf1rst001",
} as const;

/** The app client of the gateway's own sign-in page, where the local world has one. */
export const PAGE_CLIENT = "4s4llyp0rts1gn1npage000001";

/** How people sign in on that page. */
export interface PageSignIn {
  readonly flow: "passwordless" | "password-first";
  /** Where Authsignal returns to. */
  readonly redirectUrl: string;
}

/** All allow custom flows and nothing else, as docs/cognito-sign-in.md says. */
export const TRIGGER_CLIENT_OPTIONS: readonly ClientOptions[] = [
  ...Object.values(TRIGGER_CLIENTS),
  PAGE_CLIENT,
].map((clientId) => ({ clientId, authFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] }));

/** What `SIGN_IN_CLIENTS` says of them. */
const SIGN_IN_CLIENTS = {
  [TRIGGER_CLIENTS.passwordless]: { flow: "passwordless", ui: "own", unenrolled: "verified-address" },
  [TRIGGER_CLIENTS.passwordFirst]: { flow: "password-first", ui: "own", unenrolled: "enroll" },
};

/** Without a password only an address that the pool has verified says who is asking. */
function pageClient({ flow, redirectUrl }: PageSignIn) {
  const unenrolled = flow === "passwordless" ? "verified-address" : "enroll";
  return { [PAGE_CLIENT]: { flow, ui: "prebuilt", redirectUrl, unenrolled, requireChallenge: true } };
}

/** The triggers of the local world. */
export interface LocalTriggers {
  /** Where the functions are invoked. */
  readonly url: string;
  /** For the pool. */
  readonly triggers: TriggerOptions;
  /** What the gateway would sign with to vouch for a browser. */
  readonly signInSecret: string;
  close(): Promise<void>;
}

/** Bundles the triggers as a deployment would and runs them against the stand-in for Authsignal. */
export async function startLocalTriggers(options: {
  readonly port: number;
  readonly authsignal: AuthsignalStandIn;
  readonly authsignalSecret: string;
  readonly page?: PageSignIn | undefined;
  readonly onLog?: ((line: string) => void) | undefined;
}): Promise<LocalTriggers> {
  const { port, authsignal, authsignalSecret, page, onLog } = options;
  await buildLambdas();
  const signInSecret = randomBytes(32).toString("hex");
  const clients = {
    SIGN_IN_CLIENTS: JSON.stringify({
      ...SIGN_IN_CLIENTS,
      ...(page === undefined ? {} : pageClient(page)),
    }),
  };
  const env = {
    ...clients,
    SIGN_IN_SECRET: signInSecret,
    AUTHSIGNAL_URL: `${authsignal.url}/v1`,
    AUTHSIGNAL_SECRET: authsignalSecret,
    AUTHSIGNAL_CHALLENGE_HOSTS: new URL(authsignal.publicUrl).host,
  };
  const { url, close } = await startLambda({
    port,
    // As the template: a function that asks nobody is given no secret.
    functions: Object.fromEntries(
      TRIGGERS.map(({ name, asksAuthsignal }) => [
        name,
        { bundle: bundleOf(name), env: asksAuthsignal ? env : clients },
      ]),
    ),
    onLog,
  });
  return { url, triggers: triggersAt(url), signInSecret, close };
}

/** Every trigger of a pool, at a Lambda runtime that serves the bundles by their names. */
export function triggersAt(url: string): TriggerOptions {
  const target = (functionName: TriggerBundle) => ({ url, functionName });
  return {
    defineAuthChallenge: target("define-auth-challenge"),
    createAuthChallenge: target("create-auth-challenge"),
    verifyAuthChallengeResponse: target("verify-auth-challenge-response"),
    preSignUp: target("pre-sign-up"),
    postAuthentication: target("post-authentication"),
    preTokenGeneration: { ...target("pre-token-generation"), version: "V2_0" },
  };
}
