import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { SeedUser } from "../seed.ts";
import { type Credential, newCredential } from "./credential.ts";

/** `UserStatus` as Cognito names it. */
export type UserStatus =
  | "UNCONFIRMED"
  | "CONFIRMED"
  | "FORCE_CHANGE_PASSWORD"
  | "RESET_REQUIRED"
  | "EXTERNAL_PROVIDER";

/** A member of the pool as the pool's owner describes it; a seed user may also sit in groups. */
export interface PoolUser extends Pick<SeedUser, "username" | "password" | "sub" | "email" | "name"> {
  readonly groups?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
}

/** One entry of the `identities` claim (reference 1.3): flags and dates are strings here. */
export interface FederatedIdentity {
  readonly userId: string;
  readonly providerName: string;
  readonly providerType: string;
  readonly issuer: null;
  readonly primary: "true" | "false";
  /** Milliseconds. */
  readonly dateCreated: string;
}

/** A member of the pool. */
export interface User {
  readonly username: string;
  readonly sub: string;
  /** Everything but `sub`, all as text. */
  attributes: Record<string, string>;
  credential?: Credential;
  enabled: boolean;
  status: UserStatus;
  groups: string[];
  identities?: readonly FederatedIdentity[];
  readonly createdAtMs: number;
  modifiedAtMs: number;
}

/** A group of the pool; tokens list groups in order of precedence, lowest number first. */
export interface Group {
  readonly name: string;
  readonly description?: string;
  readonly precedence?: number;
  readonly roleArn?: string;
  readonly createdAtMs: number;
}

/** The shape of a seed file. */
export const seedFileSchema = z.strictObject({
  users: z.array(
    z.strictObject({
      username: z.string().min(1).max(128),
      password: z.string().min(1),
      sub: z.string().min(1).optional(),
      email: z.email(),
      name: z.string(),
      groups: z.array(z.string()).optional(),
      attributes: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** A confirmed user with a verified e-mail address. */
export function seededUser(
  userPoolId: string,
  seed: Omit<PoolUser, "sub"> & { readonly sub?: string | undefined },
  nowMs: number,
): User {
  const { username, password, sub, email, name, groups, attributes } = seed;
  return {
    username,
    sub: sub ?? randomUUID(),
    attributes: { email, email_verified: "true", name, ...attributes },
    credential: newCredential(userPoolId, username, password),
    enabled: true,
    status: "CONFIRMED",
    groups: [...(groups ?? [])],
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
  };
}

/** Whether an attribute's flag says that it was verified. */
export function hasVerified(user: User, attribute: "email" | "phone_number"): boolean {
  return user.attributes[`${attribute}_verified`] === "true";
}
