/**
 * Every public error code, its status and its title. Codes are stable: programs may switch on them.
 * The list in README, "Error codes", is checked against this table by a test.
 */
export const ERROR_CODES = {
  invalid_target: { status: 400, title: "The request target cannot be read in one way only" },
  ambiguous_target: { status: 400, title: "The request target can be read as two different routes" },
  unknown_host: { status: 421, title: "This host is not served here" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  invalid_request: { status: 400, title: "The request is malformed" },
  attribute_refused: {
    status: 400,
    title: "A value that the decision depends on is missing, malformed or ambiguous",
  },
  unsupported_content_type: { status: 415, title: "The content type is not accepted on this route" },
  body_too_large: { status: 413, title: "The body is larger than this route can keep" },
  sign_in_required: { status: 401, title: "Sign in to continue" },
  invalid_token: { status: 401, title: "The token is not accepted" },
  session_revoked: { status: 401, title: "The session has been ended; sign in again" },
  machine_token: { status: 403, title: "A token without a user is not accepted here" },
  sign_in_failed: { status: 400, title: "The sign-in could not be completed" },
  sign_in_too_old: { status: 401, title: "Sign in again to continue" },
  not_permitted: { status: 403, title: "This account may not do this" },
  administrator_required: { status: 401, title: "A service key or an administrator's token is needed here" },
  denied: { status: 403, title: "The policy does not allow this" },
  cross_site: { status: 403, title: "The request came from another site" },
  step_up_required: { status: 401, title: "Another check is needed for this" },
  blocked: { status: 403, title: "This was blocked" },
  review_required: { status: 403, title: "This needs a review before it can go on" },
  enrolment_required: { status: 403, title: "This needs an authenticator, and none is enrolled" },
  too_many_challenges: { status: 429, title: "Too many checks were started; try again later" },
  challenge_not_found: { status: 404, title: "There is no such challenge for this session" },
  challenge_pending: { status: 409, title: "The challenge is not completed yet" },
  challenge_refused: { status: 403, title: "The challenge was not passed" },
  challenge_mismatch: { status: 403, title: "The challenge approves another request" },
  challenge_used: { status: 409, title: "The challenge has already been used" },
  challenge_ended: { status: 410, title: "The challenge has ended" },
  step_up_unavailable: { status: 503, title: "The check cannot be made at the moment" },
  sign_in_unavailable: { status: 503, title: "Sign-in cannot be checked at the moment" },
  ledger_unavailable: { status: 503, title: "The state of the session cannot be read at the moment" },
  signature_refused: { status: 401, title: "The signature is not accepted" },
  event_refused: { status: 400, title: "The event is not accepted" },
  not_durable: { status: 503, title: "The event could not be stored; deliver it again" },
  misconfigured: { status: 503, title: "The gateway is not configured correctly" },
  origin_unreachable: { status: 502, title: "The application does not answer" },
  client_gone: { status: 499, title: "The client went away before its request had arrived" },
  origin_timeout: { status: 504, title: "The application took too long to answer" },
  internal: { status: 500, title: "Something went wrong" },
} as const satisfies Record<string, { status: number; title: string }>;

/** A stable public error code. */
export type ErrorCode = keyof typeof ERROR_CODES;
