import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CognitoOptions, CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import {
  answerOf,
  authorizeParams,
  Browser,
  callApi,
  CLIENT_ID,
  postToken,
  startPool,
  tokensFor,
} from "./pool.ts";

describe("the state folder", () => {
  let stateFolder: string;
  const started: CognitoStandIn[] = [];
  beforeEach(async () => {
    stateFolder = await mkdtemp(join(tmpdir(), "cognito-state-"));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((pool) => pool.close()));
    await rm(stateFolder, { recursive: true });
  });

  const start = async (overrides: Partial<CognitoOptions> = {}): Promise<CognitoStandIn> => {
    const pool = await startPool({ stateFolder, ...overrides });
    started.push(pool);
    return pool;
  };
  const signUp = (pool: CognitoStandIn) =>
    callApi(pool, "SignUp", {
      ClientId: CLIENT_ID,
      Username: "judy",
      Password: "Fresh-Horse-9",
      UserAttributes: [{ Name: "email", Value: "judy@example.com" }],
    });

  it("carries users, keys, sessions, tokens, codes, messages and settings over a restart", async () => {
    const first = await start();
    const browser = new Browser();
    const tokens = await tokensFor(first, {}, browser);
    await signUp(first);
    await fetch(`${first.domain}/control/settings`, { method: "PATCH", body: '{"refreshScope":"ignore"}' });
    const keys: unknown = await (await fetch(first.jwks)).json();
    await first.close();

    const port = Number(new URL(first.domain).port);
    const second = await start({ port });
    expect(await (await fetch(second.jwks)).json()).toEqual(keys);
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    expect((await fetch(`${second.domain}/oauth2/userInfo`, { headers })).status).toBe(200);
    const refreshed = await postToken(second, {
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
    });
    expect(refreshed.status).toBe(200);
    expect(answerOf(await browser.authorize(second, authorizeParams({ prompt: "none" }))).has("code")).toBe(
      true,
    );
    const inbox: unknown = await (await fetch(`${second.domain}/control/inbox?to=judy@example.com`)).json();
    const ConfirmationCode = String(Object(inbox)[0].code);
    const confirmed = await callApi(second, "ConfirmSignUp", {
      ClientId: CLIENT_ID,
      Username: "judy",
      ConfirmationCode,
    });
    expect(confirmed.status).toBe(200);
    const settings: unknown = await (await fetch(`${second.domain}/control/settings`)).json();
    expect(settings).toMatchObject({ refreshScope: "ignore" });
  });

  it("writes while the pool runs, and never a password or a refresh token", async () => {
    const pool = await start();
    const tokens = await tokensFor(pool);
    await signUp(pool);
    const file = join(stateFolder, "cognito.json");
    await expect.poll(() => readFile(file, "utf8")).toContain("judy");
    const text = await readFile(file, "utf8");
    expect(text).not.toContain("Fresh-Horse-9");
    expect(text).not.toContain("Correct-Horse-1");
    expect(text).not.toContain(tokens.refresh_token);
  });

  it("goes back to the seed on reset, for the next run too", async () => {
    const pool = await start();
    await signUp(pool);
    await fetch(`${pool.domain}/control/reset`, { method: "POST" });
    await pool.close();
    const next = await start();
    expect(await (await fetch(`${next.domain}/control/users`)).text()).not.toContain("judy");
  });

  it.each([
    "not json",
    "{}",
    '{"userPoolId":"us-east-1_Other","store":{"users":[]},"keys":[],"messages":[],"settings":{},"triggers":{}}',
  ])("names a file that is not this pool's: %s", async (text) => {
    await writeFile(join(stateFolder, "cognito.json"), text);
    await expect(start()).rejects.toThrow(/cognito\.json does not hold the state of the pool/);
  });

  it("seeds from a file, and names one that cannot be used", async () => {
    const seedFile = join(stateFolder, "seed.json");
    const user = {
      username: "kim",
      password: "Correct-Horse-9",
      email: "kim@example.com",
      name: "Kim",
      groups: ["vip"],
    };
    await writeFile(seedFile, JSON.stringify({ users: [user] }));
    const pool = await start({ seedFile });
    const users: unknown = await (await fetch(`${pool.domain}/control/users`)).json();
    expect(users).toMatchObject([{ Username: "kim", UserStatus: "CONFIRMED", Groups: ["vip"] }]);
    await writeFile(seedFile, "[]");
    await expect(start({ seedFile })).rejects.toThrow(/seed\.json cannot be used/);
  });
});
