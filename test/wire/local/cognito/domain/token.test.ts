import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { CALLBACK, codeFor, heldClock, pkce, postToken, startPool, tokensFor } from "../pool.ts";

describe("POST /oauth2/token", () => {
  const clock = heldClock();
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({ now: clock.now });
  });
  afterAll(() => pool.close());

  const redeem = (params: Readonly<Record<string, string | undefined>>): Promise<Response> =>
    postToken(pool, { grant_type: "authorization_code", redirect_uri: CALLBACK, ...params });
  const refused = async (response: Response): Promise<unknown> => {
    expect(response.status).toBe(400);
    const body: unknown = await response.json();
    return Object(body).error;
  };

  it("answers with the headers that a browser app and a gateway see", async () => {
    const response = await redeem({ code: await codeFor(pool) });
    expect(response.status).toBe(200);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("x-amz-cognito-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
  });

  it("answers a preflight from any origin", async () => {
    const response = await fetch(`${pool.domain}/oauth2/token`, {
      method: "OPTIONS",
      headers: { Origin: "https://spa.example", "Access-Control-Request-Method": "POST" },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  it("redeems a code once", async () => {
    const code = await codeFor(pool);
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem({ code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("redeems a code for five minutes", async () => {
    const [inTime, late] = [await codeFor(pool), await codeFor(pool)];
    clock.advanceSeconds(299);
    expect((await redeem({ code: inTime })).status).toBe(200);
    clock.advanceSeconds(1);
    expect(await refused(await redeem({ code: late }))).toBe("invalid_grant");
  });

  it("wants the verifier when a challenge was sent, and the right one", async () => {
    const { verifier, challenge } = pkce();
    const withChallenge = { code_challenge: challenge, code_challenge_method: "S256" };
    expect((await redeem({ code: await codeFor(pool, withChallenge), code_verifier: verifier })).status).toBe(
      200,
    );
    expect(await refused(await redeem({ code: await codeFor(pool, withChallenge) }))).toBe("invalid_grant");
    const other = await redeem({ code: await codeFor(pool, withChallenge), code_verifier: pkce().verifier });
    expect(await refused(other)).toBe("invalid_grant");
  });

  it("ignores a verifier when no challenge was sent", async () => {
    expect((await redeem({ code: await codeFor(pool), code_verifier: pkce().verifier })).status).toBe(200);
  });

  it("wants the redirect address byte for byte, and spends the code on a wrong one", async () => {
    const code = await codeFor(pool);
    expect(await refused(await redeem({ code, redirect_uri: `${CALLBACK}/` }))).toBe("unauthorized_client");
    expect(await refused(await redeem({ code }))).toBe("invalid_grant");
  });

  it.each([
    ["invalid_request", { grant_type: undefined }],
    ["unsupported_grant_type", { grant_type: "password" }],
    ["unauthorized_client", { grant_type: "client_credentials" }],
    ["invalid_request", { code: undefined }],
    ["invalid_request", { redirect_uri: undefined }],
    ["invalid_grant", { code: "made-up" }],
    ["invalid_request", { client_id: undefined }],
    ["invalid_client", { client_id: "someone-else" }],
    ["invalid_client", { client_secret: "guessed" }],
    ["invalid_request", { grant_type: "refresh_token" }],
    ["invalid_grant", { grant_type: "refresh_token", refresh_token: "made-up" }],
  ])("answers %s to %j", async (error, changes) => {
    expect(await refused(await redeem({ code: "c", ...changes }))).toBe(error);
  });

  it("refuses other content types, repeated parameters and client authentication", async () => {
    const post = (body: BodyInit, headers = {}): Promise<Response> =>
      fetch(`${pool.domain}/oauth2/token`, { method: "POST", body, headers });
    expect(await refused(await post("{}", { "Content-Type": "application/json" }))).toBe("invalid_request");
    expect(await refused(await post(new URLSearchParams("code=a&code=b")))).toBe("invalid_request");
    const basic = await postToken(pool, { grant_type: "refresh_token" }, { Authorization: "Basic YTpi" });
    expect(await refused(basic)).toBe("invalid_client");
  });

  it("refreshes for thirty days", async () => {
    const { refresh_token } = await tokensFor(pool);
    const refresh = (): Promise<Response> => postToken(pool, { grant_type: "refresh_token", refresh_token });
    clock.advanceSeconds(30 * 86_400 - 1);
    expect((await refresh()).status).toBe(200);
    clock.advanceSeconds(1);
    expect(await refused(await refresh())).toBe("invalid_grant");
  });
});
