import * as z from "zod";

/**
 * What `UpdateUserPool` takes of what `DescribeUserPool` gives. It resets to its default whatever it is not told, so
 * all of it must be said again (a test compares the list with the AWS SDK's). `UserPoolId` and `PoolName` have other
 * names in the answer.
 */
export const POOL_MEMBERS = [
  "Policies",
  "DeletionProtection",
  "LambdaConfig",
  "AutoVerifiedAttributes",
  "SmsVerificationMessage",
  "EmailVerificationMessage",
  "EmailVerificationSubject",
  "VerificationMessageTemplate",
  "SmsAuthenticationMessage",
  "UserAttributeUpdateSettings",
  "MfaConfiguration",
  "DeviceConfiguration",
  "EmailConfiguration",
  "SmsConfiguration",
  "UserPoolTags",
  "AdminCreateUserConfig",
  "UserPoolAddOns",
  "DcrConfiguration",
  "AccountRecoverySetting",
  "UserPoolTier",
  "KeyConfiguration",
  "IssuerConfiguration",
  "AcrConfiguration",
] as const;

/** The same of `UpdateUserPoolClient` and `DescribeUserPoolClient`. */
export const CLIENT_MEMBERS = [
  "UserPoolId",
  "ClientId",
  "ClientName",
  "RefreshTokenValidity",
  "AccessTokenValidity",
  "IdTokenValidity",
  "TokenValidityUnits",
  "ReadAttributes",
  "WriteAttributes",
  "ExplicitAuthFlows",
  "SupportedIdentityProviders",
  "CallbackURLs",
  "LogoutURLs",
  "DefaultRedirectURI",
  "AllowedOAuthFlows",
  "AllowedOAuthScopes",
  "AllowedOAuthFlowsUserPoolClient",
  "AnalyticsConfiguration",
  "PreventUserExistenceErrors",
  "EnableTokenRevocation",
  "EnablePropagateAdditionalUserContextData",
  "AuthSessionValidity",
  "RefreshTokenRotation",
] as const;

/** The triggers, by their names in `LambdaConfig` and in the outputs of deploy/template.yaml. */
export const TRIGGER_NAMES = [
  "DefineAuthChallenge",
  "CreateAuthChallenge",
  "VerifyAuthChallengeResponse",
  "PreSignUp",
  "PostAuthentication",
  "PreTokenGeneration",
] as const;

type Members = Readonly<Record<string, unknown>>;

const members = z.record(z.string(), z.unknown());
const poolSchema = z.object({ UserPool: members });
const clientSchema = z.object({ UserPoolClient: members });
const outputsSchema = z.array(z.object({ OutputKey: z.string(), OutputValue: z.string() }));

/**
 * The input that leaves a pool or an app client exactly as it is described: what to go back to.
 *
 * @throws an Error in one sentence when it is not such a description.
 */
export function restoreInput(described: unknown): Members {
  const pool = poolSchema.safeParse(described);
  if (pool.success) {
    return poolInput(pool.data.UserPool);
  }
  const client = clientSchema.safeParse(described);
  if (client.success) {
    return pick(client.data.UserPoolClient, CLIENT_MEMBERS);
  }
  throw new Error("Give the answer of describe-user-pool or describe-user-pool-client on standard input.");
}

/**
 * The pool with our functions attached. A trigger that is taken already is a mistake, unless it is left out.
 *
 * @throws an Error in one sentence that says what is wrong.
 */
export function attachTriggers(described: unknown, outputs: unknown, leaveOut: readonly string[]): Members {
  const unknown = leaveOut.find((name) => !TRIGGER_NAMES.some((known) => known === name));
  if (unknown !== undefined) {
    throw new Error(
      `--leave-out ${unknown}: there is no such trigger. There are ${TRIGGER_NAMES.join(", ")}.`,
    );
  }
  const pool = restoreInput(described);
  const config = configOf(pool);
  const arns = arnsOf(outputs);
  const added: Record<string, unknown> = {};
  for (const name of TRIGGER_NAMES.filter((one) => !leaveOut.includes(one))) {
    const arn = arns.get(name);
    if (arn === undefined) {
      throw new Error(`The outputs name no ${name}: give those of the stack of deploy/template.yaml.`);
    }
    const versioned = name === "PreTokenGeneration" ? Object(config[`${name}Config`]).LambdaArn : undefined;
    const taken = [config[name], versioned].find((one) => one !== undefined && one !== arn);
    if (taken !== undefined) {
      throw new Error(
        `The pool has a ${name} trigger already (${JSON.stringify(taken)}). Give --leave-out ${name} to keep it.`,
      );
    }
    added[name] = arn;
    if (name === "PreTokenGeneration") {
      added["PreTokenGenerationConfig"] = { LambdaVersion: "V2_0", LambdaArn: arn };
    }
  }
  return { ...pool, LambdaConfig: { ...config, ...added } };
}

/** The pool without our functions; triggers that are not ours stay. */
export function detachTriggers(described: unknown, outputs: unknown): Members {
  const pool = restoreInput(described);
  const ours = new Set(arnsOf(outputs).values());
  const isOurs = (value: unknown): boolean =>
    (typeof value === "string" && ours.has(value)) ||
    (typeof value === "object" &&
      value !== null &&
      "LambdaArn" in value &&
      ours.has(String(value.LambdaArn)));
  const left = Object.entries(configOf(pool)).filter(([, value]) => !isOurs(value));
  return { ...pool, LambdaConfig: Object.fromEntries(left) };
}

/** An app client that allows custom flows and refreshing, and no flow in which a password alone is enough. */
export function openClient(described: unknown): Members {
  const client = restoreInput(described);
  const rotates = Object(client["RefreshTokenRotation"]).Feature === "ENABLED";
  return {
    ...client,
    // Cognito refuses ALLOW_REFRESH_TOKEN_AUTH beside rotation (cognito.md 2.3).
    ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH", ...(rotates ? [] : ["ALLOW_REFRESH_TOKEN_AUTH"])],
    PreventUserExistenceErrors: "ENABLED",
  };
}

function poolInput(pool: Members): Members {
  const { Id: id, Name: name } = pool;
  if (typeof id !== "string") {
    throw new Error("The description names no pool.");
  }
  const picked = pick(pool, POOL_MEMBERS);
  return {
    UserPoolId: id,
    ...(typeof name === "string" ? { PoolName: name } : {}),
    ...picked,
    ...withoutOldValidity(picked),
  };
}

/** Described pools carry both names of one setting; UpdateUserPool refuses the old one beside the new. */
function withoutOldValidity({ AdminCreateUserConfig: config }: Members): Members {
  const parsed = members.safeParse(config);
  if (!parsed.success) {
    return {};
  }
  const { UnusedAccountValidityDays: _old, ...rest } = parsed.data;
  return { AdminCreateUserConfig: rest };
}

function configOf(pool: Members): Members {
  if (!("UserPoolId" in pool) || "ClientId" in pool) {
    throw new Error("Give the answer of describe-user-pool on standard input.");
  }
  return members.safeParse(pool["LambdaConfig"]).data ?? {};
}

function arnsOf(outputs: unknown): ReadonlyMap<string, string> {
  const parsed = outputsSchema.safeParse(outputs);
  if (!parsed.success || parsed.data.length === 0) {
    throw new Error('Give --outputs FILE with the answer of describe-stacks --query "Stacks[0].Outputs".');
  }
  return new Map(parsed.data.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
}

function pick(from: Members, names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
