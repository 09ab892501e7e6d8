import type { Pool } from "./pool.ts";
import type { PoolSettings } from "./settings.ts";

/**
 * The issuer in one of the two formats (reference 1.1). On this machine both are on one host: ORIGINAL is
 * `<domain>/<poolId>`, UPDATED is `<domain>/issuer-cognito-idp/<poolId>`.
 */
export function issuerOf(
  { domain, region, userPoolId }: Pick<Pool, "domain" | "region" | "userPoolId">,
  type: PoolSettings["issuerType"],
  names: PoolSettings["issuerNames"],
): string {
  const host = type === "UPDATED" ? "issuer-cognito-idp" : "cognito-idp";
  if (names === "amazon") {
    return `https://${host}.${region}.amazonaws.com/${userPoolId}`;
  }
  return type === "UPDATED" ? `${domain}/${host}/${userPoolId}` : `${domain}/${userPoolId}`;
}
