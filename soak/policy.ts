/** What is done about any authenticator that was deleted. */
export const REACTION = "soak";
/** What is done besides about a deleted passkey. */
export const PASSKEY_REACTION = "soak-passkey";
export const LOG_REACTION = "soak-log";
export const THRESHOLD_REACTION = "soak-failing";
/** Log records of one user that make the threshold. */
export const THRESHOLD = 3;

/** Every kind of reaction that ends in something to compare. All events of a plan lie within the threshold's time. */
export const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [
    { id: REACTION, on: ["authenticator.deleted"], do: ["revoke-user", "alert"] },
    {
      id: PASSKEY_REACTION,
      on: ["authenticator.deleted"],
      where: { "==": [{ var: "verificationMethod" }, "PASSKEY"] },
      do: ["sign-out-cognito", "revoke-authsignal-sessions"],
    },
    { id: LOG_REACTION, on: ["challenge.log_created"], do: ["end-grants", "alert"] },
    {
      id: THRESHOLD_REACTION,
      on: ["challenge.log_created"],
      threshold: { count: THRESHOLD, within: "2h" },
      do: ["require-step-up", "alert"],
    },
  ],
});

export const BAD_POLICY = "{ this is no policy";
