import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import type { Keyring } from "../http/keyring.ts";
import { openJson, signJson } from "./signed-json.ts";

/** How long what the gateway says about a browser may be believed. */
export const CLIENT_CONTEXT_SECONDS = 120;

/** The device of a sign-in, and who says so. */
export interface ClientContext {
  /** `gateway`: signed by Sallyport's gateway, which saw the connection. `client`: the client's own words. */
  readonly source: "gateway" | "client" | "none";
  readonly deviceId?: string;
  readonly userAgent?: string;
  /** Only ever from the gateway: a client's word about its own address says nothing. */
  readonly ipAddress?: string;
  readonly locale?: string;
}

/** What the gateway vouches for. It holds for one user name at one app client, for two minutes. */
export interface VouchedContext {
  readonly clientId: string;
  /** `ChallengeParameters.USERNAME`, which is the trigger's `userName`. */
  readonly userName: string;
  readonly deviceId?: string;
  readonly userAgent?: string;
  readonly ipAddress?: string;
}

const vouched = onFirstUse(() =>
  z.object({
    clientId: z.string(),
    userName: z.string(),
    deviceId: z.optional(z.string().check(z.maxLength(128))),
    userAgent: z.optional(z.string().check(z.maxLength(512))),
    ipAddress: z.optional(z.union([z.ipv4(), z.ipv6()])),
    expiresAtSeconds: z.number(),
  }),
);
const DEVICE_ID = /^[\w.:-]{1,128}$/;
const USER_AGENT = /^[\x20-\x7e]{1,512}$/;
const LOCALE = /^[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,3}$/;

/** Signs what the gateway saw, for `ClientMetadata.context` of the answer that Create will read. */
export async function signClientContext(
  keyring: Keyring,
  context: VouchedContext,
  nowSeconds: number,
): Promise<string> {
  const expiresAtSeconds = nowSeconds + CLIENT_CONTEXT_SECONDS;
  return signJson(keyring, "sign-in-context", { ...context, expiresAtSeconds });
}

/**
 * Reads `clientMetadata`: the gateway's word where there is one that holds for this user at this client, else the
 * client's own, marked as such. A word of the gateway that does not hold counts as none: it is somebody's attempt.
 */
export async function readClientContext(
  metadata: Readonly<Record<string, string>>,
  expected: { readonly clientId: string; readonly userName: string },
  keyring: Keyring,
  nowSeconds: number,
): Promise<ClientContext> {
  const { context, deviceId, userAgent, locale } = metadata;
  const language = locale !== undefined && LOCALE.test(locale) ? { locale } : {};
  if (context !== undefined) {
    const said = vouched().safeParse(await openJson(keyring, "sign-in-context", context)).data;
    const holds =
      said !== undefined &&
      said.clientId === expected.clientId &&
      said.userName === expected.userName &&
      said.expiresAtSeconds > nowSeconds;
    return holds
      ? {
          source: "gateway",
          ...(said.deviceId === undefined ? {} : { deviceId: said.deviceId }),
          ...(said.userAgent === undefined ? {} : { userAgent: said.userAgent }),
          ...(said.ipAddress === undefined ? {} : { ipAddress: said.ipAddress }),
          ...language,
        }
      : { source: "none", ...language };
  }
  const own = {
    ...(deviceId !== undefined && DEVICE_ID.test(deviceId) ? { deviceId } : {}),
    ...(userAgent !== undefined && USER_AGENT.test(userAgent) ? { userAgent } : {}),
  };
  return { source: Object.keys(own).length === 0 ? "none" : "client", ...own, ...language };
}
