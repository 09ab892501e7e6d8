import { randomBytes } from "node:crypto";
import type { AppClient } from "../clients.ts";
import type { Pool } from "../pool.ts";
import type { ChallengeStep } from "../triggers/custom-auth.ts";
import type { ApiError } from "../user-pool-api/errors.ts";

const SESSION_BYTES = 600;

/** The pool's side of a password proof that is under way. Numbers are hexadecimal. */
export interface SrpExchange {
  readonly clientPublic: string;
  readonly serverPrivate: string;
  readonly serverPublic: string;
  readonly verifier: string;
  /** Base64. */
  readonly secretBlock: string;
}

/** What a `Session` of the user pool API stands for: one unanswered challenge. Plain data. */
export interface AuthSession {
  readonly clientId: string;
  /** The name in `ChallengeParameters`. */
  readonly username: string;
  /** Absent for a decoy: the user does not exist. */
  readonly userSub?: string;
  readonly challengeName: "PASSWORD_VERIFIER" | "CUSTOM_CHALLENGE" | "NEW_PASSWORD_REQUIRED";
  /** Whether DefineAuthChallenge says what comes next. */
  readonly isCustom: boolean;
  readonly steps: readonly ChallengeStep[];
  readonly srp?: SrpExchange;
  readonly privateChallengeParameters?: Readonly<Record<string, string>>;
  readonly challengeMetadata?: string;
  readonly expiresAtMs: number;
}

/** Keeps a challenge and gives the `Session` that answers it once. */
export function openAuthSession(
  pool: Pool,
  client: AppClient,
  session: Omit<AuthSession, "clientId" | "expiresAtMs">,
): string {
  const id = `AYABe${randomBytes(SESSION_BYTES).toString("base64url")}`;
  const expiresAtMs = pool.now() + client.authSessionSeconds * 1000;
  pool.store.putAuthSession(id, { ...session, clientId: client.clientId, expiresAtMs });
  return id;
}

/** Takes the challenge behind a `Session`; whatever comes of it, the `Session` is spent. */
export function takeAuthSession(
  pool: Pool,
  client: AppClient,
  id: string,
  challengeName: AuthSession["challengeName"],
): AuthSession | ApiError {
  const session = pool.store.takeAuthSession(id);
  if (session === undefined || session.clientId !== client.clientId) {
    return { error: "NotAuthorizedException", message: "Invalid session for the user." };
  }
  if (pool.now() >= session.expiresAtMs) {
    return { error: "NotAuthorizedException", message: "Invalid session for the user, session is expired." };
  }
  return session.challengeName === challengeName
    ? session
    : { error: "NotAuthorizedException", message: "Invalid session for the user." };
}
