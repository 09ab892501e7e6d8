/**
 * Methods that are approved on another device than the one that asks, with nothing that ties the two together
 * (authsignal.md 5.3): whoever started a challenge polls until somebody approves, and is then given the token that
 * completes it. A thief of a session starts one, and a victim who taps "yes" on a phone has let the thief in.
 */
const APPROVED_ELSEWHERE: readonly string[] = ["PUSH", "QR_CODE", "EMAIL_MAGIC_LINK"];

/**
 * Whether a verification method counts on a route (design decisions 6 and 7).
 *
 * @param listed the methods that the route lists. Without a list every method counts but those that are approved
 *   elsewhere: these only where the policy's author names them.
 * @param method what Authsignal says the challenge was passed with; it may say nothing.
 */
export function countsFor(listed: readonly string[] | undefined, method: string | undefined): boolean {
  return listed === undefined
    ? method === undefined || !APPROVED_ELSEWHERE.includes(method)
    : method !== undefined && listed.includes(method);
}
