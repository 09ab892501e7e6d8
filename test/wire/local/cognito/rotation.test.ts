import { afterEach, describe, expect, it } from "vitest";
import { type CognitoOptions, type CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { callApi, CLIENT_ID, heldClock, postToken, startPool, tokensFor } from "./pool.ts";

const GRACE_SECONDS = 30;

describe("refresh-token rotation", () => {
  const clock = heldClock();
  const started: CognitoStandIn[] = [];
  afterEach(() => Promise.all(started.splice(0).map((pool) => pool.close())));

  const rotatingPool = async (
    retryGracePeriodSeconds = GRACE_SECONDS,
    overrides: Partial<CognitoOptions> = {},
  ): Promise<CognitoStandIn> => {
    const pool = await startPool({
      now: clock.now,
      client: { refreshTokenRotation: { retryGracePeriodSeconds } },
      ...overrides,
    });
    started.push(pool);
    return pool;
  };
  const refresh = async (pool: CognitoStandIn, refresh_token: string): Promise<Record<string, string>> =>
    // A JSON object, good or bad.
    (await (await postToken(pool, { grant_type: "refresh_token", refresh_token })).json()) as Record<
      string,
      string
    >;

  it("gives a new refresh token each time; the old one works within the grace period only", async () => {
    const pool = await rotatingPool();
    const first = (await tokensFor(pool)).refresh_token;
    const second = (await refresh(pool, first))["refresh_token"] ?? "";
    expect(second).not.toBe(first);
    clock.advanceSeconds(GRACE_SECONDS - 1);
    expect(await refresh(pool, first)).toHaveProperty("refresh_token");
    clock.advanceSeconds(1);
    expect(await refresh(pool, first)).toEqual({ error: "invalid_grant" });
  });

  it("has no grace at zero seconds, and reuse ends the lineage", async () => {
    const pool = await rotatingPool(0);
    const first = (await tokensFor(pool)).refresh_token;
    const second = (await refresh(pool, first))["refresh_token"] ?? "";
    expect(await refresh(pool, first)).toEqual({ error: "invalid_grant" });
    expect(await refresh(pool, second)).toEqual({ error: "invalid_grant" });
  });

  it("leaves the lineage alone where reuseRevokesLineage is off", async () => {
    const pool = await rotatingPool(0, { settings: { reuseRevokesLineage: false } });
    const first = (await tokensFor(pool)).refresh_token;
    const second = (await refresh(pool, first))["refresh_token"] ?? "";
    expect(await refresh(pool, first)).toEqual({ error: "invalid_grant" });
    expect(await refresh(pool, second)).toHaveProperty("access_token");
  });

  it("gives every token of the lineage only what is left of the first one's life", async () => {
    const pool = await rotatingPool(0, {
      client: { refreshTokenRotation: { retryGracePeriodSeconds: 0 }, refreshTokenSeconds: 3600 },
    });
    const first = (await tokensFor(pool)).refresh_token;
    clock.advanceSeconds(3000);
    const second = (await refresh(pool, first))["refresh_token"] ?? "";
    clock.advanceSeconds(600);
    expect(await refresh(pool, second)).toEqual({ error: "invalid_grant" });
  });

  it("keeps the token at /oauth2/token where tokenEndpointRotates is off", async () => {
    const pool = await rotatingPool(0, { settings: { tokenEndpointRotates: false } });
    const first = (await tokensFor(pool)).refresh_token;
    expect(await refresh(pool, first)).not.toHaveProperty("refresh_token");
    expect(await refresh(pool, first)).toHaveProperty("access_token");
  });

  it("excludes REFRESH_TOKEN_AUTH; GetTokensFromRefreshToken rotates and names a reuse", async () => {
    const pool = await rotatingPool(0);
    const RefreshToken = (await tokensFor(pool)).refresh_token;
    const old = await callApi(pool, "InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      ClientId: CLIENT_ID,
      AuthParameters: { REFRESH_TOKEN: RefreshToken },
    });
    expect(old.body["__type"]).toBe("InvalidParameterException");
    const call = () => callApi(pool, "GetTokensFromRefreshToken", { RefreshToken, ClientId: CLIENT_ID });
    expect((await call()).body["AuthenticationResult"]).toHaveProperty("RefreshToken");
    expect((await call()).body["__type"]).toBe("RefreshTokenReuseException");
  });

  it("revokes the whole lineage by any of its tokens", async () => {
    const pool = await rotatingPool();
    const first = (await tokensFor(pool)).refresh_token;
    const second = (await refresh(pool, first))["refresh_token"] ?? "";
    await fetch(`${pool.domain}/oauth2/revoke`, {
      method: "POST",
      body: new URLSearchParams({ token: first, client_id: CLIENT_ID }),
    });
    expect(await refresh(pool, second)).toEqual({ error: "invalid_grant" });
  });
});
