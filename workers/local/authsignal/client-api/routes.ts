import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import type { Context } from "../context.ts";
import { withFaults } from "../faults.ts";
import { accountApi } from "./account.ts";
import { codesApi } from "./codes.ts";
import { magicLinkApi } from "./magic-link.ts";
import { passkeysApi } from "./passkeys.ts";
import { pushApi } from "./push.ts";
import { qrCodeApi } from "./qr-code.ts";
import { securityKeysApi } from "./security-keys.ts";
import { totpApi } from "./totp.ts";

const PATHS = [
  "/client/init",
  "/client/challenge",
  "/client/challenge/*",
  "/client/verify/*",
  "/client/user-authenticators",
  "/client/user-authenticators/*",
];
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * The client API as browsers call it (reference 5.3), to be mounted at its base path. Pages of every site may call it:
 * the token is the credential, and there are no cookies.
 */
export function clientApi(context: Context): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  const open = cors({
    origin: (origin) => origin,
    credentials: true,
    allowHeaders: ["authorization", "content-type"],
    allowMethods: ["GET", "POST"],
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  });
  for (const path of PATHS) {
    api.use(path, open, withFaults(context.faults));
  }
  for (const part of [
    accountApi,
    codesApi,
    totpApi,
    magicLinkApi,
    passkeysApi,
    securityKeysApi,
    pushApi,
    qrCodeApi,
  ]) {
    api.route("/", part(context));
  }
  return api;
}
