import { randomBytes, randomUUID } from "node:crypto";
import type { Pool } from "./pool.ts";
import type { Lineage } from "./store.ts";

const REFRESH_TOKEN_MS = 30 * 24 * 60 * 60 * 1000;

/** Bytes of the encrypted key, IV, ciphertext and tag that give a refresh token its real length, about 1.8 kB. */
const REFRESH_TOKEN_PART_BYTES = [256, 12, 1024, 16];

/** Starts a new lineage of tokens and remembers it. */
export function startLineage(
  pool: Pool,
  from: Pick<Lineage, "user" | "authTimeSeconds" | "scopes" | "origin" | "resource">,
): Lineage {
  const lineage: Lineage = {
    ...from,
    originJti: randomUUID(),
    eventId: randomUUID(),
    refreshToken: newRefreshToken(),
    refreshExpiresAtMs: pool.now() + REFRESH_TOKEN_MS,
    revoked: false,
  };
  pool.store.putLineage(lineage);
  return lineage;
}

/** The lineage a refresh token belongs to, or why it may not be refreshed. */
export function refreshableLineage(
  pool: Pool,
  refreshToken: string,
): Lineage | "unknown" | "revoked" | "expired" {
  const lineage = pool.store.lineageByRefreshToken(refreshToken);
  if (lineage === undefined) {
    return "unknown";
  }
  if (lineage.revoked) {
    return "revoked";
  }
  return pool.now() < lineage.refreshExpiresAtMs ? lineage : "expired";
}

/** Whether this is one of the pool's signed tokens rather than a refresh token: three parts instead of five. */
export function isSignedToken(token: string): boolean {
  return token.split(".").length === 3;
}

/** A refresh token is opaque and looks like an encrypted JWT. */
function newRefreshToken(): string {
  const header = Buffer.from(JSON.stringify({ cty: "JWT", enc: "A256GCM", alg: "RSA-OAEP" })).toString(
    "base64url",
  );
  return [header, ...REFRESH_TOKEN_PART_BYTES.map((bytes) => randomBytes(bytes).toString("base64url"))].join(
    ".",
  );
}
