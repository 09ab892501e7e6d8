import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { ConfigProblem } from "../../src/http/settings.ts";
import type { AuthsignalStandIn } from "./authsignal/start.ts";
import type { CognitoStandIn } from "./cognito/start.ts";
import { StartProblem } from "./failures.ts";
import {
  PAGE_CLIENT,
  TRIGGER_CLIENTS,
  type LocalTriggers,
  type PageSignIn,
} from "./lambda/local-triggers.ts";
import type { Settings } from "./miniflare.ts";

/** The gateway's settings in the local world. */
export function settingsOf(parts: {
  readonly publicOrigins: readonly string[];
  readonly originUrl: string;
  readonly clientId: string;
  readonly authsignalSecret: string;
  readonly authsignal: AuthsignalStandIn;
  readonly cognito: CognitoStandIn;
}): Settings {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    PUBLIC_ORIGINS: parts.publicOrigins.join(","),
    ORIGIN_URL: parts.originUrl,
    COGNITO_ISSUER: parts.cognito.issuer,
    COGNITO_JWKS_URL: parts.cognito.jwks,
    COGNITO_CLIENT_ID: parts.clientId,
    COGNITO_DOMAIN: parts.cognito.publicDomain,
    COGNITO_TOKEN_URL: `${parts.cognito.domain}/oauth2/token`,
    AUTHSIGNAL_URL: `${parts.authsignal.url}/v1`,
    AUTHSIGNAL_SECRET: parts.authsignalSecret,
    AUTHSIGNAL_CHALLENGE_HOSTS: new URL(parts.authsignal.publicUrl).host,
    SESSION_SECRET: randomBytes(32).toString("hex"),
    ASSERTION_KEY: JSON.stringify(privateKey.export({ format: "jwk" })),
    // So that a revocation shows at the very next click; deployed, ordinary routes trust a read for five seconds.
    STALENESS_SECONDS: "0",
  };
}

/** The webhook Worker's, but for what both have and where alerts go. */
export function webhookSettingsOf(parts: {
  readonly clientId: string;
  readonly authsignalSecret: string;
  readonly authsignal: AuthsignalStandIn;
  readonly cognito: CognitoStandIn;
}): Settings {
  return {
    AUTHSIGNAL_SECRET: parts.authsignalSecret,
    AUTHSIGNAL_URL: `${parts.authsignal.url}/v1`,
    COGNITO_ISSUER: parts.cognito.issuer,
    COGNITO_API_URL: parts.cognito.api,
    COGNITO_JWKS_URL: parts.cognito.jwks,
    COGNITO_CLIENT_ID: parts.clientId,
    AWS_ACCESS_KEY_ID: parts.cognito.admin.accessKeyId,
    AWS_SECRET_ACCESS_KEY: parts.cognito.admin.secretAccessKey,
  };
}

/** What the triggers have to know of the gateway's own page; `undefined` with managed login. */
export function pageOf(flow: PageSignIn["flow"] | undefined, gatewayPort: number): PageSignIn | undefined {
  return flow === undefined
    ? undefined
    : { flow, redirectUrl: `http://app.localhost:${gatewayPort}/.sallyport/sign-in/return` };
}

/** The gateway's own sign-in page, where the world has one. Tokens of the other clients count as they did. */
export function pageSettings(
  {
    signIn,
    origin,
  }: { readonly signIn?: PageSignIn["flow"] | undefined; readonly origin?: string | undefined },
  { clientId, cognito }: { readonly clientId: string; readonly cognito: CognitoStandIn },
  triggers: LocalTriggers | undefined,
): Settings {
  return signIn === undefined || triggers === undefined
    ? {}
    : {
        SIGN_IN: "authsignal",
        SIGN_IN_FLOW: signIn,
        SIGN_IN_SECRET: triggers.signInSecret,
        ...(origin === undefined ? { SIGN_IN_NAME: "Harbour Bank" } : {}),
        COGNITO_API_URL: cognito.domain,
        AWS_ACCESS_KEY_ID: cognito.admin.accessKeyId,
        AWS_SECRET_ACCESS_KEY: cognito.admin.secretAccessKey,
        COGNITO_CLIENT_ID: PAGE_CLIENT,
        COGNITO_OTHER_CLIENT_IDS: [clientId, ...Object.values(TRIGGER_CLIENTS)].join(","),
      };
}

/** @throws a `StartProblem` with one sentence when the settings are refused. */
export function refuseBadSettings(
  config: { ok: true } | { ok: false; error: readonly ConfigProblem[] },
): void {
  const problem = config.ok ? undefined : config.error[0];
  if (problem !== undefined) {
    throw new StartProblem(`The setting ${problem.setting} ${problem.fix}.`);
  }
}
