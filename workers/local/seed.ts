/** One person of the local world, known to both stand-ins by the same `sub`. */
export interface SeedUser {
  readonly username: string;
  readonly password: string;
  /** Cognito `sub`, which is Authsignal's `userId` (design decision 5). */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  /** Authenticators the user has at the start; an empty list is a user who never enrolled. */
  readonly authenticators: readonly ("EMAIL_OTP" | "AUTHENTICATOR_APP")[];
  /** What this person is for, shown in the start-up table. */
  readonly note: string;
}

/** The demo users. Fixed subs, so that a bookmark or a script survives a restart. */
export const SEED_USERS: readonly SeedUser[] = [
  {
    username: "alice",
    password: "Correct-Horse-1",
    sub: "a11ce000-5a11-4b0f-8000-000000000001",
    email: "alice@example.com",
    name: "Alice Archer",
    authenticators: ["EMAIL_OTP"],
    note: "has an e-mail code authenticator",
  },
  {
    username: "bob",
    password: "Correct-Horse-2",
    sub: "b0b00000-5a11-4b0f-8000-000000000002",
    email: "bob@example.com",
    name: "Bob Baker",
    authenticators: ["EMAIL_OTP", "AUTHENTICATOR_APP"],
    note: "has an e-mail code and an authenticator app",
  },
  {
    username: "newt",
    password: "Correct-Horse-3",
    sub: "0e700000-5a11-4b0f-8000-000000000003",
    email: "newt@example.com",
    name: "Newt Newman",
    authenticators: [],
    note: "never enrolled an authenticator",
  },
  {
    username: "mallory",
    password: "Correct-Horse-4",
    sub: "ba11ad00-5a11-4b0f-8000-000000000004",
    email: "mallory@example.com",
    name: "Mallory Marsh",
    authenticators: ["EMAIL_OTP"],
    note: "blocked by a rule",
  },
];
