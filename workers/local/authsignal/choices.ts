/**
 * What the outside contract leaves open (reference section 10), decided here once and by name.
 * Where several answers are plausible the one that is hardest on the caller is taken: a gateway that works here
 * does not lean on luck. Choices that are not a value are told by the comment alone.
 */

/**
 * 1. Repeat `track` with the same user, action and idempotency key: the same action in its present state, with a
 *    fresh token. Rules are not evaluated again and the repeated attributes are ignored, `redirectUrl` included.
 * 2. A validation token may be validated any number of times until it expires, and every unexpired token of an action
 *    (the one from `track` included) reports the action's present state. So a caller that wants single use, or
 *    wants to know which browser did the challenge, must see to it.
 * 3. `isValid` is true for CHALLENGE_SUCCEEDED alone: not for ALLOW, not for REVIEW_SUCCEEDED.
 * 4. CHALLENGE_FAILED is never set by the pre-built UI; only `updateAction` sets it. Wrong codes and exhausted
 *    attempts leave CHALLENGE_REQUIRED.
 * 5. The track token is an HS256 JWT with the claims older SDKs knew. Nobody but Authsignal should read it.
 * 6. Only `token` is appended to `redirectUrl`, by the URL API: an existing query stays, an existing `token` is
 *    replaced. `redirectUrl` must be an absolute http or https URL; there is no allow-list.
 *    Leaving the UI returns the token that came, a success returns a fresh one.
 * 7. There are no general rate limits and no `Retry-After`. Lists are ordered newest first (actions) or oldest first (authenticators), users by `userId`.
 * 8. One try of a webhook may take 10 s, and a redirect is a failure that is not followed. A webhook retry is signed again with a fresh `t`; the event, its `id` and its `time` stay the same bytes.
 * 9. `updateAction` may set any state from any state.
 * 10. A comparison by order with a missing or non-numeric side is false; a rule whose evaluation fails is not triggered.
 * 11. There are no fixed codes: every one-time code is random and is read from the inbox.
 *
 * Smaller ones, not in that list:
 * - Unknown fields in a body are refused with 400 `invalid_request`; so are fields of the wrong type.
 * - A CHALLENGE for a user whose authenticators are all of other methods stays CHALLENGE_REQUIRED: the UI can
 *   only be left, never enrolled into. There is no silent downgrade.
 * - `email`, `phoneNumber` and `username` of `track` fill gaps of the user and never overwrite.
 * - A device is new until a challenge from it has succeeded.
 * - `customDomain`, `locale` and `redirectToSettings` are accepted and change nothing; `challengeId` in `track` is refused.
 * - Enrolment in the pre-built UI is for users without an authenticator, or with the scope `add:authenticators`.
 * - A code of an authenticator app works once (RFC 6238 section 5.2).
 * - The pre-built UI shows the action code and the first custom values as what is to be approved.
 * - Deleting a user fires no webhook for its authenticators.
 * - Recovery codes are never given.
 */
export const VALID_STATES: readonly string[] = ["CHALLENGE_SUCCEEDED"];

/** The value of `error` in the 200 answer to an expired token. */
export const EXPIRED_TOKEN_ERROR = "expired_token";

/** The documentation names 10 minutes (and elsewhere 15); tenants can change it. */
export const DEFAULT_TRACK_TOKEN_MINUTES = 10;

export const OTP_DIGITS = 6;
export const OTP_LIFETIME_MINUTES = 10;

/** Documented: 10 checks of a code per 5 minutes. Counted per user and method, forgotten after a success. */
export const MAX_CODE_CHECKS = 10;
export const CODE_CHECK_WINDOW_MINUTES = 5;

/** Documented: 12 e-mail codes per 10 minutes. Counted per user and tracked action. */
export const MAX_CODE_SENDS = 12;
export const CODE_SEND_WINDOW_MINUTES = 10;

export const MAX_USER_ID_CHARACTERS = 256;
export const MAX_IDEMPOTENCY_KEY_CHARACTERS = 256;
export const MAX_BODY_BYTES = 256 * 1024;

/** Documented: actions of the last 30 days are found. */
export const ACTION_LOOK_BACK_DAYS = 30;
export const DEFAULT_USER_QUERY_LIMIT = 20;
export const MAX_USER_QUERY_LIMIT = 100;

/** Documented: up to 3 retries, at least 30 seconds apart. The time one try may take is not documented. */
export const MAX_WEBHOOK_RETRIES = 3;
export const DEFAULT_WEBHOOK_RETRY_DELAY_MS = 30_000;
export const WEBHOOK_TIMEOUT_MS = 10_000;

/** How much the stand-in remembers before it forgets the oldest. */
export const MAX_REMEMBERED_ACTIONS = 20_000;
export const MAX_REMEMBERED_MESSAGES = 1_000;
export const MAX_REMEMBERED_DELIVERIES = 1_000;
