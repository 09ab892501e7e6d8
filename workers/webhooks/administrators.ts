import type { AdministratorPorts } from "../../src/identity/administrator.ts";
import { remoteJwks } from "../../src/identity/jwks.ts";
import { serviceKeys } from "../../src/identity/service-keys.ts";
import { verifyCognitoToken } from "../../src/identity/verify.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import type { WebhooksConfig } from "./config.ts";

/** Wires who may use the admin endpoint, once per isolate; the ledger is the request's. */
export async function administratorsOf(
  { key, previousKey, people }: WebhooksConfig["administrators"],
  nowMs: () => number,
): Promise<(ledgerOf: LedgerOf) => AdministratorPorts> {
  const hasKey = key !== undefined || previousKey !== undefined;
  const keys = hasKey ? await serviceKeys({ current: key, previous: previousKey }) : undefined;
  const jwks =
    people && remoteJwks({ url: people.jwksUrl, fetch: (input, init) => fetch(input, init), now: nowMs });
  return (ledgerOf) => ({
    keys,
    people:
      people === undefined || jwks === undefined
        ? undefined
        : {
            group: people.group,
            verify: (token) =>
              verifyCognitoToken(
                token,
                { ...people.rules, tokenUses: [...people.rules.tokenUses] },
                jwks,
                Math.floor(nowMs() / 1000),
              ),
            isRevoked: async ({ sub, session, authTimeSeconds }) =>
              (await ledgerOf(sub).standing({ session, authTimeSeconds })).revoked,
          },
  });
}
