import * as z from "zod/mini";
import { fail, ok, type Result } from "../../src/http/result.ts";
import {
  isLocalHost,
  optionalText,
  problemsOf,
  requiredText,
  type ConfigProblem,
} from "../../src/http/settings.ts";

const ALERT_URL_FIX = "must be an https URL (http only for local addresses) without user name, or absent";

/** Unlike the gateway's addresses it may have a query: that is where many services expect their key. */
const alertUrl = z.pipe(
  optionalText,
  z.transform((text, context) => {
    if (text === undefined || isAlertUrl(text)) {
      return text;
    }
    context.issues.push({ code: "custom", message: ALERT_URL_FIX, input: undefined });
    return z.NEVER;
  }),
);

function isAlertUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  const isSecure = protocol === "https:" || (protocol === "http:" && isLocalHost(hostname));
  return isSecure && username === "" && password === "";
}

/** What may stand in a header after `Bearer`. */
const bearerToken = z.pipe(
  z._default(
    z.string().check(z.regex(/^[\x21-\x7e]*$/, "must be visible ASCII characters without spaces, or absent")),
    "",
  ),
  z.transform((text: string) => (text === "" ? undefined : text)),
);

/** Every setting of the webhook Worker; README, "Configuration", explains them. */
export const webhookSettings = z.object({
  AUTHSIGNAL_SECRET: requiredText("must be Authsignal's server API secret key, which signs its webhooks"),
  AUTHSIGNAL_SECRET_PREVIOUS: optionalText,
  AUTHSIGNAL_TENANT_ID: optionalText,
  ALERT_URL: alertUrl,
  ALERT_TOKEN: bearerToken,
});

/** The webhook Worker's configuration, checked and frozen. */
export type WebhooksConfig = Readonly<ReturnType<typeof derive>>;

/** Reads the configuration out of the environment, or names every setting that is wrong with its fix. */
export function parseConfig(env: object): Result<WebhooksConfig, readonly ConfigProblem[]> {
  const parsed = webhookSettings.safeParse(env);
  return parsed.success ? ok(Object.freeze(derive(parsed.data))) : fail(problemsOf(parsed.error));
}

function derive(settings: z.infer<typeof webhookSettings>) {
  return {
    signingSecrets: [settings.AUTHSIGNAL_SECRET, settings.AUTHSIGNAL_SECRET_PREVIOUS].filter(
      (secret) => secret !== undefined,
    ),
    tenantId: settings.AUTHSIGNAL_TENANT_ID,
    alert:
      settings.ALERT_URL === undefined ? undefined : { url: settings.ALERT_URL, token: settings.ALERT_TOKEN },
  };
}
