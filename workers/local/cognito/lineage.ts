import { randomBytes, randomUUID } from "node:crypto";
import type { AppClient } from "./clients.ts";
import type { Pool } from "./pool.ts";
import type { Lineage } from "./store.ts";
import type { User } from "./users.ts";

/** Bytes of the encrypted key, IV, ciphertext and tag that give a refresh token its real length, about 1.8 kB. */
const REFRESH_TOKEN_PART_BYTES = [256, 12, 1024, 16];

/** Starts a new lineage of tokens and remembers it; gives it with its first refresh token. */
export function startLineage(
  pool: Pool,
  client: AppClient,
  from: Pick<Lineage, "userSub" | "authTimeSeconds" | "scopes" | "origin" | "resource">,
): { readonly lineage: Lineage; readonly refreshToken: string } {
  const lineage: Lineage = {
    ...from,
    clientId: client.clientId,
    originJti: randomUUID(),
    eventId: randomUUID(),
    refreshExpiresAtMs: pool.now() + client.refreshTokenSeconds * 1000,
    revoked: false,
  };
  pool.store.putLineage(lineage);
  const refreshToken = newRefreshToken();
  pool.store.putRefreshToken(refreshToken, { eventId: lineage.eventId });
  return { lineage, refreshToken };
}

/** Why a refresh token may not be used. */
export type RefreshProblem = "unknown" | "revoked" | "expired" | "disabled" | "deleted" | "reused";

/** A refresh that may go ahead; with rotation there is a new token. */
export interface Refresh {
  readonly lineage: Lineage;
  readonly user: User;
  readonly refreshToken?: string;
}

/**
 * Uses a refresh token of this client. With `rotate`, where the client has rotation on, it is spent and replaced;
 * a spent one works again only within the grace period (reference 2.3), and its reuse can end the lineage.
 */
export function useRefreshToken(
  pool: Pool,
  client: AppClient,
  refreshToken: string,
  rotate: boolean,
): Refresh | RefreshProblem {
  const entry = pool.store.refreshToken(refreshToken);
  const lineage = entry === undefined ? undefined : pool.store.lineage(entry.eventId);
  if (entry === undefined || lineage === undefined || lineage.clientId !== client.clientId) {
    return "unknown";
  }
  const user = pool.store.userBySub(lineage.userSub);
  if (user === undefined || !user.enabled) {
    return user === undefined ? "deleted" : "disabled";
  }
  if (lineage.revoked) {
    return "revoked";
  }
  if (pool.now() >= lineage.refreshExpiresAtMs) {
    return "expired";
  }
  const graceMs = (client.refreshTokenRotation?.retryGracePeriodSeconds ?? 0) * 1000;
  if (entry.spentAtMs !== undefined && pool.now() >= entry.spentAtMs + graceMs) {
    lineage.revoked = pool.settings.reuseRevokesLineage;
    return "reused";
  }
  if (!rotate || client.refreshTokenRotation === undefined) {
    return { lineage, user };
  }
  entry.spentAtMs ??= pool.now();
  const next = newRefreshToken();
  pool.store.putRefreshToken(next, { eventId: lineage.eventId });
  return { lineage, user, refreshToken: next };
}

/** Revokes the lineage of a refresh token, if it is one of this client's; says nothing either way. */
export function revokeLineageOf(pool: Pool, client: AppClient, refreshToken: string): void {
  const entry = pool.store.refreshToken(refreshToken);
  const lineage = entry === undefined ? undefined : pool.store.lineage(entry.eventId);
  if (lineage?.clientId === client.clientId) {
    lineage.revoked = true;
  }
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
