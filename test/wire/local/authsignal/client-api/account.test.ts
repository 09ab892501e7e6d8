import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seedUser, startWorld } from "../harness.ts";
import type { World } from "../harness.ts";
import { call, clientHeaders, trackFree } from "./client.ts";

const bob = seedUser("bob");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

test("init names the methods to offer and hands the token back", async () => {
  const { token } = await trackFree(world, "bob");
  expect((await call(world, "init", token, {})).body).toEqual({
    challengeOptions: {
      token,
      defaultVerificationMethod: "EMAIL_OTP",
      verificationMethods: ["EMAIL_OTP", "AUTHENTICATOR_APP"],
      user: { email: bob.email },
    },
  });
});

describe("the list of authenticators", () => {
  const list = (token: string): Promise<Response> =>
    fetch(`${world.standIn.url}/v1/client/user-authenticators`, { headers: clientHeaders(token) });

  test("is an array without secrets", async () => {
    const answer = await list((await trackFree(world, "bob")).token);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject([
      { verificationMethod: "EMAIL_OTP", email: bob.email, isDefault: true },
      { verificationMethod: "AUTHENTICATOR_APP" },
    ]);
    expect(text).not.toContain("secret");
    expect(text).not.toContain("lastTimeStep");
  });

  test("needs the scope to read", async () => {
    const { token } = await trackFree(world, "bob", { scope: "add:authenticators" });
    expect((await list(token)).status).toBe(403);
  });
});

describe("a page of another site", () => {
  const origin = "http://app.localhost:1234";

  test("may ask first, and is told what it may send", async () => {
    const answer = await fetch(`${world.standIn.url}/v1/client/challenge/email-otp`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
    expect(answer.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
  });

  test("may read answers and refusals", async () => {
    const { token } = await trackFree(world, "bob");
    for (const bearer of [token, "garbage"]) {
      const answer = await fetch(`${world.standIn.url}/v1/client/init`, {
        method: "POST",
        headers: { ...clientHeaders(bearer), origin },
      });
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      await answer.arrayBuffer();
    }
  });
});

test("the tenant is named without a colon, and exactly", async () => {
  for (const authorization of [`Basic ${btoa("wire-test-tenant:")}`, `Basic ${btoa("other")}`, "Basic"]) {
    const answer = await fetch(`${world.standIn.url}/v1/client/challenge`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ action: "sign-in" }),
    });
    expect(answer.status, authorization).toBe(401);
  }
  expect((await call(world, "challenge", undefined, { action: "sign-in" })).body).toEqual({
    challengeId: expect.any(String),
  });
});
