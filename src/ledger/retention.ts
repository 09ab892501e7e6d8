import { readEnvironment, wholeNumber } from "../http/settings.ts";

const DAY_MS = 24 * 3_600_000;
const MAX_DAYS = 3_650;

/** The setting `REFRESH_TOKEN_DAYS`: the longest life of a refresh token of any app client; Cognito's default is 30. */
export const refreshTokenDays = wholeNumber(30, 1, MAX_DAYS);

/** An access token lives a day at most (cognito.md 1.2), so one fetched with the last breath of a refresh token; and a day more. */
const LAST_TOKEN_MS = 2 * DAY_MS;

/** How long after a sign-in some token of it can still verify, in milliseconds. */
export function signInLifeMs(env: object): number {
  const settings = readEnvironment({ REFRESH_TOKEN_DAYS: refreshTokenDays }, env);
  // The gateway refuses everything under a wrong setting; the ledger then forgets nothing that it could still need.
  return (settings.ok ? settings.value.REFRESH_TOKEN_DAYS : MAX_DAYS) * DAY_MS + LAST_TOKEN_MS;
}
