import type { Messages } from "../messages.ts";

export const ENGLISH: Messages = {
  language: "English",
  title: (app) => (app === undefined ? "Sign in" : `Sign in to ${app}`),
  username: "Username or e-mail",
  password: "Password",
  submit: "Sign in",
  continue: "Continue",
  whatNext: "Next, we check that it is you: with a passkey, a code, or whatever you have set up.",
  languages: "Language",
  reference: (code, id) => `For support: ${code}, request ${id}`,
  protectedBy: "Protected by Sallyport",
  problems: {
    credentials_refused: "That did not match. Check what you typed and try again.",
    sign_in_expired: "That took too long, so we stopped to be safe. Please sign in again.",
    challenge_refused: "The check was left or not passed. Nobody was signed in.",
    sign_in_throttled: "There were too many attempts. Please wait a moment, then try again.",
    sign_in_unavailable: "Signing in is not possible at the moment. Please try again shortly.",
    sign_in_failed:
      "This sign-in was not started in this browser, or was started too long ago. Please sign in again.",
    session_revoked: "Your last session was ended. Please sign in again.",
    blocked: "This sign-in was blocked. If you think that this is wrong, please contact support.",
    review_required: "This sign-in needs a review before it can go on. Please contact support.",
    enrolment_required: "Your account has no second check set up, and one is needed. Please contact support.",
    cross_site: "This form was sent from another site. Please sign in here.",
  },
};
