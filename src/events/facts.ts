import type { EventField } from "../policy/event-condition.ts";
import type { AuthsignalEvent } from "./event.ts";

/** What a condition of the policy can read of an event, under the names that Authsignal uses. */
export function factsOf(event: AuthsignalEvent): Readonly<Partial<Record<EventField, string>>> {
  const { id, type, tenantId, atMs, sub } = event;
  const facts: Record<EventField, string | undefined> = {
    id,
    type,
    time: new Date(atMs).toISOString(),
    tenantId,
    userId: sub,
    action: "action" in event ? event.action : undefined,
    idempotencyKey: "idempotencyKey" in event ? event.idempotencyKey : undefined,
    verificationMethod: "verificationMethod" in event ? event.verificationMethod : undefined,
    authenticatorId: event.kind === "authenticator" ? event.authenticatorId : undefined,
    state: event.kind === "action-log" ? event.state : undefined,
    outcome: event.kind === "action-log" ? event.outcome : undefined,
    challengeType: event.kind === "challenge-log" ? event.what : undefined,
    countryCode: event.kind === "action-log" ? event.countryCode : undefined,
  };
  // What is undefined is left out, so that every value left is a text.
  return Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [EventField, string] => entry[1] !== undefined),
  );
}
