import { fail, ok, type Result } from "../http/result.ts";
import type { TriggerClients } from "./config.ts";
import type { PostAuthenticationEvent } from "./events.ts";
import type { TriggerPorts } from "./ports.ts";
import type { Refusal } from "./refusal.ts";
import { readShownChallenge } from "./shown-challenge.ts";

/**
 * PostAuthentication: records a sign-in, and refuses one that cannot show its challenge where the client demands it.
 * Cognito does not say by which flow somebody came, so a client that must keep `ALLOW_USER_SRP_AUTH` or
 * `ALLOW_USER_PASSWORD_AUTH` would otherwise let a password alone in.
 */
export async function postAuthentication(
  event: PostAuthenticationEvent,
  clients: TriggerClients,
  ports: TriggerPorts,
): Promise<Result<Record<string, never>, Refusal>> {
  const { clientId } = event.callerContext;
  const client = clients.get(clientId);
  if (client === undefined) {
    return ok({});
  }
  const sub = event.request.userAttributes?.["sub"];
  const entry = { trigger: "post-authentication", clientId, ...(sub === undefined ? {} : { sub }) };
  if (!client.requireChallenge) {
    ports.record({ ...entry, outcome: "signed_in" });
    return ok({});
  }
  const shown = await readShownChallenge(event.request, clientId, client, ports);
  if (shown.kind === "none") {
    ports.record({ ...entry, outcome: "refused", reason: shown.reason });
    const isOutage = /^(?:timeout|unreachable|refused|bad_answer)$/.test(shown.reason);
    return fail({ code: isOutage ? "sign_in_unavailable" : "step_up_required", reason: shown.reason });
  }
  ports.record({ ...entry, outcome: "signed_in" });
  return ok({});
}
