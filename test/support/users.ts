import { SEED_USERS, type SeedUser } from "../../workers/local/seed.ts";

/** A demo user by name. */
export function userOf(username: string): SeedUser {
  const user = SEED_USERS.find((candidate) => candidate.username === username);
  if (user === undefined) {
    throw new Error(`there is no demo user ${username}`);
  }
  return user;
}

export const ALICE = userOf("alice");
export const BOB = userOf("bob");
export const NEWT = userOf("newt");
export const MALLORY = userOf("mallory");
