import type { JWTPayload } from "jose";
import type { TokenUse } from "./keys.ts";
import type { Pool } from "./pool.ts";
import type { GroupOverrides } from "./triggers/token-overrides.ts";
import type { Group, User } from "./users.ts";

/** The user's groups in order of precedence: the lowest number first, those without one last. */
export function groupsOf(pool: Pool, user: User): readonly Group[] {
  return user.groups
    .flatMap((name) => pool.store.groups.get(name) ?? [])
    .toSorted(
      (a, b) => (a.precedence ?? Number.POSITIVE_INFINITY) - (b.precedence ?? Number.POSITIVE_INFINITY) || 0,
    );
}

/** What triggers are told of a user's groups (reference 4, `groupConfiguration`). */
export function groupConfiguration(
  pool: Pool,
  user: User,
): {
  readonly groupsToOverride: readonly string[];
  readonly iamRolesToOverride: readonly string[];
  readonly preferredRole?: string;
} {
  const groups = groupsOf(pool, user);
  const roles = groups.flatMap(({ roleArn }) => roleArn ?? []);
  return {
    groupsToOverride: groups.map(({ name }) => name),
    iamRolesToOverride: roles,
    ...(roles[0] === undefined ? {} : { preferredRole: roles[0] }),
  };
}

/** The claims about groups; IAM roles stand in the ID token only (reference 1.3, 1.4). */
export function groupClaims(
  pool: Pool,
  user: User,
  overrides: GroupOverrides | undefined,
  use: TokenUse,
): JWTPayload {
  const { groupsToOverride, iamRolesToOverride, preferredRole } = overrides ?? groupConfiguration(pool, user);
  return {
    ...(groupsToOverride?.length ? { "cognito:groups": groupsToOverride } : {}),
    ...(use === "id" && iamRolesToOverride?.length ? { "cognito:roles": iamRolesToOverride } : {}),
    ...(use === "id" && preferredRole ? { "cognito:preferred_role": preferredRole } : {}),
  };
}
