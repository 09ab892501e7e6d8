import { afterEach, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { answerOf, authorizeParams, Browser, startPool } from "./pool.ts";

describe("starting the stand-in", () => {
  const started: CognitoStandIn[] = [];
  afterEach(() => Promise.all(started.splice(0).map((pool) => pool.close())));

  it("says where everything is", async () => {
    const pool = await startPool();
    started.push(pool);
    const port = new URL(pool.domain).port;
    expect(pool).toMatchObject({
      issuer: `http://127.0.0.1:${port}/us-east-1_Sallyport1`,
      jwks: `http://127.0.0.1:${port}/us-east-1_Sallyport1/.well-known/jwks.json`,
      api: `http://127.0.0.1:${port}/`,
      domain: `http://127.0.0.1:${port}`,
      publicDomain: `http://cognito.localhost:${port}`,
    });
    const discovery: unknown = await (await fetch(`${pool.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({
      issuer: pool.issuer,
      jwks_uri: pool.jwks,
      authorization_endpoint: `${pool.publicDomain}/oauth2/authorize`,
      token_endpoint: `${pool.domain}/oauth2/token`,
    });
  });

  it("leaves Node's error as it is when the port is taken", async () => {
    const pool = await startPool();
    started.push(pool);
    await expect(startPool({ port: Number(new URL(pool.domain).port) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  it("closes at once, open connections or not", async () => {
    const pool = await startPool();
    pool.setFault({ endpoint: "jwks", kind: "hang" });
    const hanging = fetch(pool.jwks);
    const broken = expect(hanging).rejects.toThrow();
    await fetch(`${pool.domain}/control/fault`, { method: "DELETE" });
    await pool.close();
    await broken;
    await expect(fetch(pool.domain)).rejects.toThrow();
  });

  it("takes other callback addresses later", async () => {
    const pool = await startPool({ callbackUrls: [], logoutUrls: [] });
    started.push(pool);
    const browser = new Browser();
    expect((await browser.authorize(pool, authorizeParams())).status).toBe(400);
    pool.setUrls([authorizeParams().get("redirect_uri") ?? ""], []);
    expect(answerOf(await browser.login(pool, authorizeParams())).has("code")).toBe(true);
  });
});
