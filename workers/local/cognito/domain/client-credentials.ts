import * as z from "zod";
import type { AppClient } from "../clients.ts";
import type { Pool } from "../pool.ts";
import { CLIENT_SCOPES } from "../scopes.ts";
import { mintMachineToken } from "../tokens.ts";
import { generateMachineToken } from "../triggers/token-generation.ts";
import { describedError, type TokenAnswer, tokenAnswer, type TokenError } from "./token-answer.ts";

const metadataSchema = z.record(z.string(), z.string());

/** The client credentials grant: a client with a secret gets an access token for scopes of resource servers. */
export async function clientCredentials(
  pool: Pool,
  client: AppClient,
  params: URLSearchParams,
): Promise<TokenAnswer | TokenError> {
  if (client.clientSecret === undefined || !client.oauthFlows.includes("client_credentials")) {
    return "unauthorized_client";
  }
  const allowed = client.scopes.filter((scope) => !CLIENT_SCOPES.includes(scope));
  const wanted = (params.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  if (!wanted.every((scope) => allowed.includes(scope)) || allowed.length === 0) {
    return "invalid_scope";
  }
  const scopes = wanted.length === 0 ? allowed : [...new Set(wanted)];
  const metadata = readMetadata(params.get("aws_client_metadata"));
  if (metadata === "malformed") {
    return "invalid_request";
  }
  const generated = await generateMachineToken(pool, client, scopes, metadata);
  if ("error" in generated) {
    return describedError("invalid_grant", generated.message);
  }
  const accessToken = await mintMachineToken(pool, client, scopes, generated.overrides);
  return tokenAnswer({ accessToken, expiresInSeconds: client.accessTokenSeconds }, undefined);
}

function readMetadata(text: string | null): Readonly<Record<string, string>> | "malformed" | undefined {
  if (text === null) {
    return undefined;
  }
  try {
    return metadataSchema.parse(JSON.parse(text));
  } catch {
    return "malformed";
  }
}
