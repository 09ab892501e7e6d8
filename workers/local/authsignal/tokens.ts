import { errors, jwtVerify, SignJWT } from "jose";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { ActionKey } from "./model.ts";

const ALGORITHM = "HS256";

const claimsSchema = z.object({
  sub: z.string(),
  scope: z.string(),
  other: z.object({
    tenantId: z.string(),
    userId: z.string(),
    actionCode: z.string(),
    idempotencyKey: z.string(),
  }),
});

export type TokenReading =
  | { readonly kind: "valid" | "expired"; readonly action: ActionKey; readonly scope: string }
  | { readonly kind: "unknown" };

export interface TokenSettings {
  /** The first key signs; every key verifies. Read each time: keys rotate. */
  readonly secretKeys: readonly string[];
  readonly tenantId: string;
  readonly lifetimeMinutes: () => number;
  readonly nowMs: () => number;
}

/** The JWTs of one tenant: from `track`, and from a finished challenge (reference section 4). */
export interface Tokens {
  /** A fresh token for an action. Two calls never give the same text. */
  issue(action: ActionKey, scope: string): Promise<string>;
  /** Reads a token; "expired" only when the signature holds. Never throws. */
  read(token: string): Promise<TokenReading>;
}

/** The tokens of a tenant. Throws when there is no key to sign with. */
export function createTokens({ secretKeys, tenantId, lifetimeMinutes, nowMs }: TokenSettings): Tokens {
  if (secretKeys.length === 0) {
    throw new TypeError("at least one secret key is needed");
  }
  const keyOf = (secret = ""): Uint8Array => new TextEncoder().encode(secret);

  return {
    issue({ userId, actionCode, idempotencyKey }, scope) {
      const nowSeconds = Math.floor(nowMs() / 1000);
      const other = { tenantId, publishableKey: tenantId, userId, actionCode, idempotencyKey };
      return new SignJWT({ scope, other })
        .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
        .setJti(randomUUID())
        .setSubject(userId)
        .setIssuer("https://api.authsignal.com/v1")
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + Math.round(lifetimeMinutes() * 60))
        .sign(keyOf(secretKeys[0]));
    },

    async read(token) {
      for (const secret of secretKeys) {
        const reading = await readWith(keyOf(secret), token);
        if (reading.kind !== "unknown") {
          return reading;
        }
      }
      return { kind: "unknown" };
    },
  };

  async function readWith(key: Uint8Array, token: string): Promise<TokenReading> {
    try {
      const options = { algorithms: [ALGORITHM], currentDate: new Date(nowMs()), requiredClaims: ["exp"] };
      return toReading("valid", (await jwtVerify(token, key, options)).payload);
    } catch (error) {
      return error instanceof errors.JWTExpired ? toReading("expired", error.payload) : { kind: "unknown" };
    }
  }

  function toReading(kind: "valid" | "expired", payload: unknown): TokenReading {
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success || claims.data.other.tenantId !== tenantId) {
      return { kind: "unknown" };
    }
    const { userId, actionCode, idempotencyKey } = claims.data.other;
    return { kind, action: { userId, actionCode, idempotencyKey }, scope: claims.data.scope };
  }
}
