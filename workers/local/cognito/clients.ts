import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { CLIENT_SCOPES } from "./scopes.ts";

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const tokenSeconds = z.int().min(1).max(DAY_SECONDS).default(HOUR_SECONDS);

/** Flows of the user pool API that a client may allow (`ExplicitAuthFlows`). */
const AUTH_FLOWS = [
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_CUSTOM_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
  "ALLOW_ADMIN_USER_PASSWORD_AUTH",
] as const;
export type AllowedFlow = (typeof AUTH_FLOWS)[number];

/** How an app client is set up; everything but the id has Cognito's default or a permissive one. */
export const clientSchema = z.strictObject({
  clientId: z.string().regex(/^[\w+]{1,128}$/),
  /** A client with a secret must prove it: `SECRET_HASH`, `ClientSecret`, Basic authentication. */
  clientSecret: z
    .string()
    .regex(/^[\w+]{1,64}$/)
    .optional(),
  callbackUrls: z.array(z.string()).default([]),
  logoutUrls: z.array(z.string()).default([]),
  oauthFlows: z.array(z.enum(["code", "implicit", "client_credentials"])).default(["code"]),
  /** Built-in scopes, and those of resource servers such as `bank/read`. */
  scopes: z.array(z.string()).default([...CLIENT_SCOPES]),
  authFlows: z.array(z.enum(AUTH_FLOWS)).default([...AUTH_FLOWS]),
  /** `EnableTokenRevocation`. */
  tokenRevocation: z.boolean().default(true),
  preventUserExistenceErrors: z.enum(["ENABLED", "LEGACY"]).default("ENABLED"),
  /** `RefreshTokenRotation`; absent is DISABLED. */
  refreshTokenRotation: z.strictObject({ retryGracePeriodSeconds: z.int().min(0).max(60) }).optional(),
  accessTokenSeconds: tokenSeconds,
  idTokenSeconds: tokenSeconds,
  refreshTokenSeconds: z
    .int()
    .min(1)
    .max(3650 * DAY_SECONDS)
    .default(30 * DAY_SECONDS),
  /** How long a `Session` of the user pool API may be answered. */
  authSessionSeconds: z
    .int()
    .min(180)
    .max(15 * 60)
    .default(180),
  /** Attributes that the client may write; all standard and custom ones when absent. */
  writeAttributes: z.array(z.string()).optional(),
});

/** Settings of an app client as they are handed in. */
export type ClientOptions = z.input<typeof clientSchema>;

/** An app client. Mutable, so that the control API can change it while the pool runs. */
export type AppClient = z.output<typeof clientSchema>;

/** Whether this is the client's secret. */
export function isSecretOf(client: AppClient, secret: string): boolean {
  return client.clientSecret !== undefined && sameText(client.clientSecret, secret);
}

/** `SECRET_HASH` for one username (reference 3.1). */
export function isSecretHashFor(client: AppClient, username: string, hash: string): boolean {
  const expected = createHmac("sha256", client.clientSecret ?? "")
    .update(username + client.clientId)
    .digest("base64");
  return sameText(expected, hash);
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
