import { MAX_CODE_CHECKS } from "../choices.ts";

/** What can be said above a form. The address carries the key; the words are only these. */
const PROBLEMS = {
  wrong: "That code is not right, or no longer valid. Check it and try again.",
  too_many: `Too many attempts. You can try ${MAX_CODE_CHECKS} codes in five minutes; wait a little, then try again.`,
  too_many_sent: "Too many codes were sent. Wait a few minutes, then ask for another.",
  not_sent: "Ask for a code first.",
  bad_email: "Enter an e-mail address, like name@example.com.",
} as const;

export type Problem = keyof typeof PROBLEMS;

/** The sentence for a problem named in an address, with the tries that are left. */
export function problemText(key: string | undefined, triesLeft: string | undefined): string | undefined {
  if (key === undefined || !Object.hasOwn(PROBLEMS, key)) {
    return undefined;
  }
  // hasOwn has just shown that it is one of the keys.
  const text = PROBLEMS[key as Problem];
  const left = /^\d{1,2}$/.test(triesLeft ?? "") ? Number(triesLeft) : undefined;
  return left === undefined ? text : `${text} ${left === 1 ? "1 try" : `${left} tries`} left.`;
}
