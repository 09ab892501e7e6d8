import type { UserActionState } from "./model.ts";

/**
 * What the outside contract leaves open (reference section 10), decided here once and by name.
 * Where several answers are plausible the one that is hardest on the caller is taken: a gateway that works here
 * does not lean on luck. What can be had otherwise is a switch (`switches.ts`), named here in brackets.
 */

/**
 * 1. Repeat `track` with the same user, action and idempotency key: the same action in its present state, with a
 *    fresh token. Rules are not evaluated again and the repeated attributes are ignored, `redirectUrl` included. [repeatTrack]
 * 2. A validation token may be validated any number of times until it expires, and every unexpired token of an action
 *    (the one from `track` included) reports the action's present state. So a caller that wants single use, or
 *    wants to know which browser did the challenge, must see to it. [validationToken] [expiredToken]
 * 3. `isValid` is true for CHALLENGE_SUCCEEDED alone: not for ALLOW, not for REVIEW_SUCCEEDED. [validStates]
 * 4. CHALLENGE_FAILED is never set by the pre-built UI; only `updateAction` sets it. Wrong codes and exhausted
 *    attempts leave CHALLENGE_REQUIRED. [failAfterTooManyChecks]
 * 5. The track token is an HS256 JWT with the claims older SDKs knew. Nobody but Authsignal should read it.
 * 6. Only `token` is appended to `redirectUrl`, by the URL API: an existing query stays, an existing `token` is
 *    replaced. `redirectUrl` must be an absolute http or https URL; there is no allow-list. [redirectUrlPrefixes]
 *    Leaving the UI returns the token that came, a success returns a fresh one.
 * 7. There are no general rate limits and no `Retry-After`. [requestsPerSecond] Lists are ordered newest first (actions)
 *    or oldest first (authenticators), users by `userId`. [userQueryLimit]
 * 8. One try of a webhook may take 10 s, and a redirect is a failure that is not followed. [webhookTimeoutMs] A retry is
 *    signed again with a fresh `t`; the event, its `id` and its `time` stay the same bytes. [webhookRetrySignature]
 *    A batch of log records that fails is tried again after the same delay, until it is accepted.
 * 9. `updateAction` may set any state from any state. [updateActionFrom]
 * 10. A comparison with something missing, or by order with something that is no number, is unknown: neither it nor its
 *    opposite triggers a rule, nor does a rule whose evaluation fails. [missingVariable] The variables beyond the
 *    documented ones are `ip.address`, `ip.isUnrecognized`, `ip.countryChanged` (another country than at the last success),
 *    `device.id`, `device.count`, `user.*` of the profile and its custom data, `user.isEnrolled`,
 *    `user.enrolledVerificationMethods`, `user.secondsSinceLastAuthentication` (since the last CHALLENGE_SUCCEEDED of any
 *    action; long ago for who never had one [neverAuthenticated]), `action.code`, `action.idempotencyKey`.
 *    `ip.atypicalTravel` is a country never succeeded from, `ip.impossibleTravel` another country within an hour.
 *    A value list is `{"in":[{"var":"custom.payee"},{"list":"alias"}]}`, its opposite that within `"!"`; a range is
 *    `{"inCidr":[{"var":"ip.address"},["203.0.113.0/24"]]}`, whose second side may be a list too.
 * 11. There are no fixed codes: every one-time code is random and is read from the inbox. [fixedCode]
 *
 * Smaller ones, not in that list:
 * - Unknown fields in a body are refused with 400 `invalid_request`; so are fields of the wrong type. [unknownFields]
 * - A CHALLENGE for a user whose authenticators are all of other methods stays CHALLENGE_REQUIRED: the UI can
 *   only be left, never enrolled into. There is no silent downgrade. [withoutAllowedMethod]
 * - `email`, `phoneNumber` and `username` of `track` fill gaps of the user and never overwrite. [trackedAddress]
 * - A device is new until a challenge from it has succeeded, and again once it was invalidated.
 * - Codes of `POST /challenge` are counted per address, sent and checked. A challenge that names no action is one of the
 *   action `challenge`; one that names a user is an action of that user from the start. It is claimed once.
 * - `challengeId` in `track` settles the action at once when it was verified, was for this user and action or nobody's, and
 *   its method counts; else the action waits for it.
 * - A wrong, unfinished or revoked token is 401 at every session endpoint. A refresh revokes the tokens of its own
 *   session. [refreshRevokes]
 * - A key of the other API is 403 `forbidden`, and so is an address outside `ipWhitelist`.
 * - A webhook URL may be http, to reach what runs on this machine.
 * - `customDomain` and `locale` are accepted and change no page.
 * - An authenticator may be added by users without one, with the scope `add:authenticators`, or after a completed
 *   challenge; never while a challenge is owed, whatever the scope. Removing needs its scope alike. Refusals are 403 `forbidden`.
 * - A code of an authenticator app works once (RFC 6238 section 5.2).
 * - The pre-built UI shows the action code and the first custom values as what is to be approved.
 * - Deleting a user fires no webhook for its authenticators.
 * - Recovery codes are never given.
 *
 * In the browser (reference section 5):
 * - Enrolling an address over the client API sends the first code or link at once.
 * - A client API call for a method that the action does not allow, or for an action that is blocked, under review or
 *   failed, is 400 `invalid_request`. Too many codes checked is 200 with MAX_ATTEMPTS_EXCEEDED, too many sent is 429.
 * - A magic link is confirmed by a button on its page, and completes the action when the one who asked for it goes on.
 *   A push or a scanned QR code completes the action when the phone approves. `isConsumed` means answered, by yes or no.
 * - `action` of a push, and of a QR code with a token, must be the action of the token.
 * - Passkey sign-in without an action says who it was and gives no token. The `/web` endpoints set no cookie.
 * - Leaving a popup closes it with the token that came. Any site may show the popup unless `popupOrigins` says which.
 * - Errors that a popup reports: expired or unknown token, too many requests, a message or credential refused.
 * - A page that is only looked at sends nothing and completes nothing.
 */
export const VALID_STATES: readonly UserActionState[] = ["CHALLENGE_SUCCEEDED"];

/** The value of `error` in the 200 answer to an expired token. */
export const EXPIRED_TOKEN_ERROR = "expired_token";

/** The documentation names 10 minutes (and elsewhere 15); tenants can change it. */
export const DEFAULT_TRACK_TOKEN_MINUTES = 10;

/** Fixed, so that scripts need not ask for it: nobody outside this machine reaches the stand-in. */
export const DEFAULT_MANAGEMENT_SECRET_KEY = "local-management-key";

export const OTP_DIGITS = 6;
export const OTP_LIFETIME_MINUTES = 10;

/** Documented: 10 checks of a code per 5 minutes. Counted per user and method, forgotten after a success. */
export const MAX_CODE_CHECKS = 10;
export const CODE_CHECK_WINDOW_MINUTES = 5;

/** Documented: 12 e-mail codes per 10 minutes. Counted per user and tracked action. */
export const MAX_CODE_SENDS = 12;
export const CODE_SEND_WINDOW_MINUTES = 10;
/** Documented: 6 codes by SMS per 10 minutes; taken for WhatsApp too. */
export const MAX_PHONE_CODE_SENDS = 6;

/** How long a push or a QR code waits for a phone; the browser SDK renews a QR code every 9 minutes. */
export const APPROVAL_LIFETIME_MINUTES = 10;
/** How long a browser may take to answer a WebAuthn challenge. */
export const CEREMONY_LIFETIME_MINUTES = 5;
/** How many links, ceremonies, approvals and unproven authenticators are remembered, each. */
export const MAX_OPEN_CEREMONIES = 5_000;

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
export const MAX_REMEMBERED_ACTION_BYTES = 64 * 1024 * 1024;
export const MAX_REMEMBERED_USERS = 50_000;
export const MAX_REMEMBERED_CONFIGURATIONS = 2_000;
export const MAX_REMEMBERED_CHALLENGES = 10_000;
export const MAX_REMEMBERED_SESSIONS = 20_000;
/** Batches are large, so few of them are kept to be looked at. */
export const MAX_REMEMBERED_BATCHES = 20;
export const MAX_REMEMBERED_TRIES = 20;

/** Documented: log records go out in batches of up to 500, after the token duration. */
export const MAX_RECORDS_PER_BATCH = 500;
/** Records that wait longer than there is room for are dropped, the oldest first. */
export const MAX_WAITING_RECORDS = 20_000;
/** How long an event is held for one to overtake it, when disorder is asked for. */
export const DISORDER_HOLD_MS = 250;
