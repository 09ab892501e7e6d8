import * as z from "zod/mini";
import { fail, ok, type Result } from "../../src/http/result.ts";
import { optionalText, problemsOf, requiredText, type ConfigProblem } from "../../src/http/settings.ts";

/** Every setting of the webhook Worker. */
export const webhookSettings = z.object({
  AUTHSIGNAL_SECRET: requiredText("must be Authsignal's server API secret key"),
  AUTHSIGNAL_SECRET_PREVIOUS: optionalText,
  AUTHSIGNAL_TENANT_ID: optionalText,
  ALERT_URL: optionalText,
  ALERT_TOKEN: optionalText,
});

export type Config = Readonly<z.infer<typeof webhookSettings>>;

export function parseConfig(env: object): Result<Config, readonly ConfigProblem[]> {
  const parsed = webhookSettings.safeParse(env);
  return parsed.success ? ok(parsed.data) : fail(problemsOf(parsed.error));
}
