import { optionalText, type ConfigProblem, type SettingsOf } from "../http/settings.ts";
import { fail, ok, type Result } from "../http/result.ts";
import type { AwsCredentials } from "./signed-fetch.ts";

/** The settings of these credentials; absent, nothing that needs them is offered. */
export const poolAdminSettings = {
  AWS_ACCESS_KEY_ID: optionalText,
  AWS_SECRET_ACCESS_KEY: optionalText,
};

/** The credentials, both or neither. */
export function credentialsOf({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
}: SettingsOf<typeof poolAdminSettings>): Result<AwsCredentials | undefined, ConfigProblem> {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return ok({ accessKeyId, secretAccessKey });
  }
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    return ok(undefined);
  }
  const setting = accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
  return fail({ setting, fix: "must be set together with the other half of the credential, or both absent" });
}
