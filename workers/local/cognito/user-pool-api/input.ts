import * as z from "zod";
import type { AppClient } from "../clients.ts";
import { isSecretHashFor } from "../clients.ts";
import type { Pool } from "../pool.ts";
import { type ApiError, unknownClient } from "./errors.ts";

/** `ClientMetadata`, `AuthParameters` and their like. */
export const textMap = z.record(z.string(), z.string());

/** `UserAttributes` and `ValidationData`. */
export const attributeTypes = z.array(
  z.object({ Name: z.string().min(1).max(32), Value: z.string().max(2048).default("") }),
);

/** A list of attributes as a record; of a name that comes twice, the last one counts. */
export function asRecord(list: z.output<typeof attributeTypes>): Record<string, string> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

/** The client of a call that proves a secret by `SECRET_HASH`, if the client has one (reference 3.1). */
export function clientByHash(
  pool: Pool,
  clientId: string,
  usernames: readonly (string | undefined)[],
  hash: string | undefined,
): AppClient | ApiError {
  const client = pool.clients.get(clientId);
  if (client === undefined) {
    return unknownClient(clientId);
  }
  if (client.clientSecret === undefined) {
    return hash === undefined
      ? client
      : {
          error: "NotAuthorizedException",
          message: `Client ${clientId} is not configured for secret but secret hash was received`,
        };
  }
  if (hash === undefined) {
    return {
      error: "NotAuthorizedException",
      message: `Client ${clientId} is configured for secret but secret was not received`,
    };
  }
  return usernames.some((name) => name !== undefined && isSecretHashFor(client, name, hash))
    ? client
    : { error: "NotAuthorizedException", message: `SecretHash does not match for the client: ${clientId}` };
}
