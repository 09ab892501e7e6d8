import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { CLIENT_ID, postToken, startPool, tokensFor } from "../pool.ts";

describe("POST /oauth2/revoke", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool();
  });
  afterAll(() => pool.close());

  const revoke = (params: Record<string, string>): Promise<Response> =>
    fetch(`${pool.domain}/oauth2/revoke`, { method: "POST", body: new URLSearchParams(params) });

  it("revokes one lineage and leaves the user's others alone", async () => {
    const [revoked, other] = [await tokensFor(pool), await tokensFor(pool)];
    const response = await revoke({ token: revoked.refresh_token, client_id: CLIENT_ID });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    const refresh = async (refresh_token: string): Promise<number> =>
      (await postToken(pool, { grant_type: "refresh_token", refresh_token })).status;
    expect(await refresh(revoked.refresh_token)).toBe(400);
    expect(await refresh(other.refresh_token)).toBe(200);
  });

  it("is a success for unknown and already revoked tokens", async () => {
    const { refresh_token } = await tokensFor(pool);
    for (const token of ["never-issued", refresh_token, refresh_token]) {
      expect((await revoke({ token, client_id: CLIENT_ID })).status).toBe(200);
    }
  });

  it("refuses what is not a refresh token, no token, and another client", async () => {
    const { access_token } = await tokensFor(pool);
    const outcome = async (params: Record<string, string>): Promise<unknown[]> => {
      const response = await revoke(params);
      const body: unknown = await response.json();
      return [response.status, Object(body).error];
    };
    expect(await outcome({ token: access_token, client_id: CLIENT_ID })).toEqual([
      400,
      "unsupported_token_type",
    ]);
    expect(await outcome({ client_id: CLIENT_ID })).toEqual([400, "invalid_request"]);
    expect(await outcome({ token: "t", client_id: "someone-else" })).toEqual([401, "invalid_client"]);
  });
});
