import * as z from "zod";
import { triggerAttributes } from "../attributes.ts";
import type { AppClient } from "../clients.ts";
import { groupConfiguration } from "../groups.ts";
import type { Pool } from "../pool.ts";
import type { User } from "../users.ts";
import type { ApiError } from "../user-pool-api/errors.ts";
import { invokeTrigger } from "./invoke.ts";
import {
  fromV1,
  fromV2,
  isTooMuch,
  overridesV1Schema,
  overridesV2Schema,
  type TokenOverrides,
} from "./token-overrides.ts";

/** Why tokens are made, as the trigger is told. */
export type TokenGenerationSource =
  | "TokenGeneration_HostedAuth"
  | "TokenGeneration_Authentication"
  | "TokenGeneration_NewPasswordChallenge"
  | "TokenGeneration_RefreshTokens";

type Overrides = { readonly overrides: TokenOverrides | undefined };

/** Asks PreTokenGeneration what the tokens of this user shall look like; nothing changes without a function. */
export async function generateTokens(
  pool: Pool,
  about: {
    readonly client: AppClient;
    readonly user: User;
    readonly scopes: readonly string[];
    readonly source: TokenGenerationSource;
    readonly clientMetadata: Readonly<Record<string, string>> | undefined;
  },
): Promise<Overrides | ApiError> {
  const { client, user, scopes, source, clientMetadata } = about;
  const version = pool.triggers.preTokenGeneration?.version;
  return ask(pool, {
    source,
    userName: user.username,
    clientId: client.clientId,
    request: {
      userAttributes: triggerAttributes(user),
      groupConfiguration: groupConfiguration(pool, user),
      ...(clientMetadata === undefined ? {} : { clientMetadata }),
      ...(version === "V1_0" ? {} : { scopes }),
    },
  });
}

/** Asks a V3 trigger about the token of a machine; earlier versions are not called (reference 1.7). */
export async function generateMachineToken(
  pool: Pool,
  client: AppClient,
  scopes: readonly string[],
  clientMetadata: Readonly<Record<string, string>> | undefined,
): Promise<Overrides | ApiError> {
  if (pool.triggers.preTokenGeneration?.version !== "V3_0") {
    return { overrides: undefined };
  }
  return ask(pool, {
    source: "TokenGeneration_ClientCredentials",
    userName: client.clientId,
    clientId: client.clientId,
    request: { userAttributes: {}, scopes, ...(clientMetadata === undefined ? {} : { clientMetadata }) },
  });
}

async function ask(
  pool: Pool,
  call: {
    readonly source: string;
    readonly userName: string;
    readonly clientId: string;
    readonly request: Readonly<Record<string, unknown>>;
  },
): Promise<Overrides | ApiError> {
  const trigger = "preTokenGeneration";
  const isV1 = pool.triggers.preTokenGeneration?.version === "V1_0";
  const response = isV1 ? overridesV1Schema.transform(fromV1) : overridesV2Schema.transform(fromV2);
  const answer = await invokeTrigger(pool, {
    ...call,
    trigger,
    response: z.union([response, z.null().transform(() => undefined)]),
  });
  if (answer === undefined || "error" in answer) {
    return answer ?? { overrides: undefined };
  }
  const overrides = answer.response;
  return overrides !== undefined && isTooMuch(overrides)
    ? { error: "InvalidLambdaResponseException", message: "Too many claim and scope changes" }
    : { overrides };
}
