import type { Finding } from "./findings.ts";
import type { Reaction, ReactionEffect } from "./schema.ts";

/** What Authsignal documents (authsignal.md 6); other types are taken too, as new ones may come. */
const KNOWN_TYPES: ReadonlySet<string> = new Set([
  "authenticator.created",
  "authenticator.updated",
  "authenticator.deleted",
  "action.verify",
  "action.log_created",
  "challenge.log_created",
  "email.created",
  "sms.created",
  "push.created",
]);

/** What anybody can cause for anybody who can start a challenge for them, by codes that fail. */
const CAUSED_BY_FAILING: ReadonlySet<string> = new Set(["challenge.log_created", "action.log_created"]);

/** What locks a person out, or signs them out everywhere. */
const LOCKS_OUT: ReadonlySet<ReactionEffect> = new Set([
  "revoke-user",
  "revoke-others",
  "sign-out-cognito",
  "disable-user",
]);

/** Events that name no challenge, so that they belong to no session. */
const WITHOUT_SESSION: ReadonlySet<string> = new Set([
  "authenticator.created",
  "authenticator.updated",
  "authenticator.deleted",
]);

/** What a reaction's author should know. */
export function reactionFindings(reaction: Reaction, index: number): Finding[] {
  const { id, on, do: effects } = reaction;
  const place = `reactions[${index}]`;
  const findings: Finding[] = on
    .filter((type) => !KNOWN_TYPES.has(type))
    .map((type) => ({
      severity: "note",
      path: `${place}.on`,
      message: `Reaction ${id} waits for ${type}, which is no event that Authsignal documents.`,
      fix: "Check the spelling; keep it if you know of it.",
    }));
  const locking = effects.find((effect) => LOCKS_OUT.has(effect));
  const failing = on.find((type) => CAUSED_BY_FAILING.has(type));
  if (locking !== undefined && failing !== undefined) {
    findings.push({
      severity: "warning",
      path: `${place}.do`,
      message: `Reaction ${id} does ${locking} on ${failing}: whoever can make codes fail for somebody may lock them out.`,
      fix: "Use revoke-session, require-step-up or alert, unless the condition leaves only what your own rules decided.",
    });
  }
  if (effects.includes("revoke-session") && on.every((type) => WITHOUT_SESSION.has(type))) {
    findings.push({
      severity: "warning",
      path: `${place}.do`,
      message: `Reaction ${id} never ends a session: ${on.join(" and ")} name none.`,
      fix: "Use revoke-user, or revoke-others.",
    });
  }
  return findings;
}
