/** An authenticator as Authsignal lists it. */
export interface Enrolled {
  readonly id: string;
  readonly method: string;
  readonly createdAtMs: number;
}

/** All authenticators of a user, as Authsignal answered. */
export interface EnrolledList {
  /** When the question was asked, by the clock of whoever asked. */
  readonly askedAtMs: number;
  readonly authenticators: readonly Enrolled[];
}

/** What the list shows and no event said. */
export interface Difference extends Enrolled {
  readonly change: "created" | "deleted";
  /** Of the event that said it, if one did and never came out of the queue. */
  readonly saidBy?: string;
}

/** UUIDs at Authsignal; what fits here also fits into the id of an event. Others are not followed. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Whether an id can be followed. */
export function isAuthenticatorId(id: string): boolean {
  return ID.test(id);
}
