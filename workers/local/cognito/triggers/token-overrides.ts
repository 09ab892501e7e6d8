import type { JWTPayload } from "jose";
import * as z from "zod";
import type { TokenUse } from "../keys.ts";

/** Claims no trigger may change, in either token (reference 1.7). */
const PROTECTED: ReadonlySet<string> = new Set([
  "acr",
  "amr",
  "aud",
  "at_hash",
  "auth_time",
  "azp",
  "cognito:username",
  "exp",
  "iat",
  "identities",
  "iss",
  "jti",
  "nbf",
  "nonce",
  "origin_jti",
  "sub",
  "token_use",
]);
const PROTECTED_IN_ACCESS: ReadonlySet<string> = new Set([
  "client_id",
  "device_key",
  "event_id",
  "version",
  "username",
]);
/** Scopes change only through the scope lists. */
const SCOPE_CLAIM = "scope";
const MAX_CHANGES = 5_000;

const groupOverrides = z
  .object({
    groupsToOverride: z.array(z.string()).nullish(),
    iamRolesToOverride: z.array(z.string()).nullish(),
    preferredRole: z.string().nullish(),
  })
  .nullish();
const names = z.array(z.string()).nullish();

/** The answer of a V1 trigger: the ID token only, text values only. */
export const overridesV1Schema = z.object({
  claimsOverrideDetails: z
    .object({
      claimsToAddOrOverride: z.record(z.string(), z.string()).nullish(),
      claimsToSuppress: names,
      groupOverrideDetails: groupOverrides,
    })
    .nullish(),
});

const claims = z.record(z.string(), z.json()).nullish();

/** The answer of a V2 or V3 trigger: both tokens, any JSON, scopes. */
export const overridesV2Schema = z.object({
  claimsAndScopeOverrideDetails: z
    .object({
      idTokenGeneration: z.object({ claimsToAddOrOverride: claims, claimsToSuppress: names }).nullish(),
      accessTokenGeneration: z
        .object({
          claimsToAddOrOverride: claims,
          claimsToSuppress: names,
          scopesToAdd: names,
          scopesToSuppress: names,
        })
        .nullish(),
      groupOverrideDetails: groupOverrides,
    })
    .nullish(),
});

/** Claims to add and to take away; a name in both is taken away. */
export interface ClaimChanges {
  readonly add: Readonly<Record<string, unknown>>;
  readonly suppress: readonly string[];
}

/** Groups in place of the user's own; empty when the trigger removed them. */
export interface GroupOverrides {
  readonly groupsToOverride?: readonly string[] | null | undefined;
  readonly iamRolesToOverride?: readonly string[] | null | undefined;
  readonly preferredRole?: string | null | undefined;
}

/** What PreTokenGeneration wants changed. Plain data, so that it can wait with an authorization code. */
export interface TokenOverrides {
  readonly id: ClaimChanges;
  readonly access: ClaimChanges;
  readonly scopesToAdd: readonly string[];
  readonly scopesToSuppress: readonly string[];
  /** Absent: the user's own groups. */
  readonly groups?: GroupOverrides;
}

/** Reads a V1 answer. */
export function fromV1({
  claimsOverrideDetails: details,
}: z.output<typeof overridesV1Schema>): TokenOverrides {
  return {
    id: changes(details?.claimsToAddOrOverride, details?.claimsToSuppress),
    access: changes(undefined, undefined),
    scopesToAdd: [],
    scopesToSuppress: [],
    ...groupsIn(details),
  };
}

/** Reads a V2 or V3 answer. */
export function fromV2({
  claimsAndScopeOverrideDetails: details,
}: z.output<typeof overridesV2Schema>): TokenOverrides {
  const { idTokenGeneration: id, accessTokenGeneration: access } = details ?? {};
  return {
    id: changes(id?.claimsToAddOrOverride, id?.claimsToSuppress),
    access: changes(access?.claimsToAddOrOverride, access?.claimsToSuppress),
    scopesToAdd: access?.scopesToAdd ?? [],
    scopesToSuppress: access?.scopesToSuppress ?? [],
    ...groupsIn(details),
  };
}

/** Whether there are more changes than a trigger may make in one answer. */
export function isTooMuch({ id, access, scopesToAdd, scopesToSuppress }: TokenOverrides): boolean {
  const lists = [Object.keys(id.add), id.suppress, Object.keys(access.add), access.suppress];
  const count = [...lists, scopesToAdd, scopesToSuppress].reduce((sum, list) => sum + list.length, 0);
  return count > MAX_CHANGES;
}

/** Makes the changes to the claims of one token, but for those that are protected. */
export function changeClaims(
  claims: JWTPayload,
  changes: ClaimChanges | undefined,
  use: TokenUse,
  protectAccessIdentity: boolean,
): JWTPayload {
  if (changes === undefined) {
    return claims;
  }
  const isFree = (name: string): boolean =>
    !PROTECTED.has(name) &&
    !(use === "access" && (name === SCOPE_CLAIM || (protectAccessIdentity && PROTECTED_IN_ACCESS.has(name))));
  const changed = new Map<string, unknown>(Object.entries(claims));
  for (const [name, value] of Object.entries(changes.add)) {
    if (isFree(name)) {
      changed.set(name, value);
    }
  }
  for (const name of changes.suppress) {
    if (isFree(name)) {
      changed.delete(name);
    }
  }
  return Object.fromEntries(changed);
}

/** The scopes of an access token after the trigger; a scope with white space in it cannot be one. */
export function changeScopes(
  scopes: readonly string[],
  overrides: TokenOverrides | undefined,
): readonly string[] {
  if (overrides === undefined) {
    return scopes;
  }
  const added = overrides.scopesToAdd.filter((scope) => /^\S+$/.test(scope));
  return [...new Set([...scopes, ...added])].filter((scope) => !overrides.scopesToSuppress.includes(scope));
}

function changes(
  add: Readonly<Record<string, unknown>> | null | undefined,
  suppress: readonly string[] | null | undefined,
): ClaimChanges {
  return { add: add ?? {}, suppress: suppress ?? [] };
}

/** `groupOverrideDetails` that is there but empty or null removes the groups (reference 1.7). */
function groupsIn(
  details: { readonly groupOverrideDetails?: GroupOverrides | null | undefined } | null | undefined,
): { groups?: GroupOverrides } {
  return details !== undefined && details !== null && "groupOverrideDetails" in details
    ? { groups: details.groupOverrideDetails ?? {} }
    : {};
}
