import type { AuthsignalProblem } from "../authsignal/port.ts";
import type { UserApi } from "../authsignal/user-api.ts";
import { ok, type Result } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import type { Difference } from "../ledger/authenticator-list.ts";
import type { Ledger } from "../ledger/port.ts";
import type { AuthsignalEvent } from "./event.ts";

export interface CompareAuthenticatorsPorts {
  readonly ledgerOf: (sub: Sub) => Pick<Ledger, "compareAuthenticators">;
  readonly authenticators: UserApi["authenticators"];
  readonly nowMs: () => number;
  readonly tenantId: string;
}

/** The events that should have told what a user's list of authenticators shows. Rejects when the ledger does not answer. */
export async function untoldAuthenticators(
  sub: Sub,
  ports: CompareAuthenticatorsPorts,
): Promise<Result<readonly AuthsignalEvent[], AuthsignalProblem>> {
  const askedAtMs = ports.nowMs();
  const answer = await ports.authenticators(sub);
  if (!answer.ok) {
    return answer;
  }
  const list = { askedAtMs, authenticators: answer.value };
  const differences = await ports.ledgerOf(sub).compareAuthenticators(list);
  return ok(differences.map((difference) => eventOf(sub, difference, ports.tenantId)));
}

/** What the webhook would have said, but for its id; of one that got halfway, under that one's. */
export function eventOf(
  sub: Sub,
  { id, method, change, createdAtMs, saidBy }: Difference,
  tenantId: string,
): AuthsignalEvent {
  return {
    kind: "authenticator",
    id: saidBy ?? `catch-up:${change}:${id}`,
    type: `authenticator.${change}`,
    tenantId,
    atMs: createdAtMs,
    sub,
    authenticatorId: id,
    verificationMethod: method === "" ? undefined : method,
  };
}
