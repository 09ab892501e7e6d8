import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { click, open, submit } from "../browser.ts";
import { seedUser, startWorld, TENANT_ID } from "../harness.ts";
import type { World } from "../harness.ts";
import { call, trackFree, validate } from "./client.ts";

const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(async () => {
  await fetch(`${world.standIn.url}/control/reset`, { method: "POST" });
  await phone("set-up", { verificationMethod: "PUSH" });
  await phone("set-up", { verificationMethod: "QR_CODE" });
});

function phone(path: string, body: unknown, user = alice): Promise<Response> {
  return fetch(`${world.standIn.url}/control/phone/${user.sub}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

describe("push", () => {
  async function push(token: string): Promise<string> {
    const { body } = await call(world, "challenge/push", token, { action: "free" });
    expect(body).toEqual({
      challengeId: expect.any(String),
      deliveryResults: [{ userAuthenticatorId: expect.any(String) }],
    });
    return String(body["challengeId"]);
  }

  test("is verified once the person approves on the page that plays the phone", async () => {
    const { token } = await trackFree(world, "alice", { custom: { amount: 700 } });
    const challengeId = await push(token);
    const poll = (): ReturnType<typeof call> => call(world, "verify/push", token, { challengeId });
    expect((await poll()).body).toEqual({ isVerified: false, isConsumed: false });

    const page = await click(world, await open(world, "/phone"), "Alice");
    expect(page.text).toContain("Amount 700");
    const approve = { do: "approve", id: challengeId };
    expect((await submit(world, page, `/phone/${alice.sub}`, approve)).text).toContain("Approved");

    const { body } = await poll();
    expect(body).toMatchObject({ isVerified: true, isConsumed: true });
    expect(await validate(world, body["accessToken"])).toMatchObject({
      isValid: true,
      verificationMethod: "PUSH",
    });
  });

  test("is consumed and not verified once the person denies", async () => {
    const { token } = await trackFree(world, "alice");
    const challengeId = await push(token);
    await phone(challengeId, { answer: "deny" });
    expect((await call(world, "verify/push", token, { challengeId })).body).toEqual({
      isVerified: false,
      isConsumed: true,
    });
    expect((await phone(challengeId, { answer: "approve" })).status).toBe(404);
    expect(await validate(world, token)).toMatchObject({ isValid: false, state: "ALLOW" });
  });

  test("is nobody else's to poll or to approve", async () => {
    const challengeId = await push((await trackFree(world, "alice")).token);
    const other = await trackFree(world, "bob");
    expect((await call(world, "verify/push", other.token, { challengeId })).status).toBe(400);
    expect((await phone(challengeId, { answer: "approve" }, seedUser("bob"))).status).toBe(404);
  });

  test("needs a phone, and an action that the token is for", async () => {
    const { token } = await trackFree(world, "bob");
    expect((await call(world, "challenge/push", token, { action: "free" })).status).toBe(400);
    const own = await trackFree(world, "alice");
    expect((await call(world, "challenge/push", own.token, { action: "other" })).status).toBe(400);
  });
});

describe("a QR code", () => {
  test("without a token: claimed, approved, and a token for whoever's phone it was", async () => {
    const { body } = await call(world, "challenge/qr-code", undefined, {
      action: "free",
      custom: { shop: "A" },
    });
    const { challengeId, deviceCode } = body;
    const poll = async (): Promise<unknown> =>
      (await call(world, "verify/qr-code", undefined, { challengeId, deviceCode })).body;
    expect(await poll()).toEqual({ isClaimed: false, isVerified: false, isConsumed: false });

    expect((await phone(String(challengeId), { answer: "scan" })).status).toBe(204);
    expect(await poll()).toEqual({ isClaimed: true, isVerified: false, isConsumed: false });

    expect((await phone(String(challengeId), { answer: "approve" })).status).toBe(204);
    const done = (await poll()) as { token: string }; // the documented shape
    expect(done).toEqual({ isClaimed: true, isVerified: true, isConsumed: true, token: expect.any(String) });
    expect(await validate(world, done.token)).toMatchObject({ isValid: true, userId: alice.sub });
  });

  test("is answered only to the screen that shows it", async () => {
    const { body } = await call(world, "challenge/qr-code", undefined, { action: "free" });
    const { challengeId } = body;
    const guess = { challengeId, deviceCode: "guess" };
    expect((await call(world, "verify/qr-code", undefined, guess)).status).toBe(400);
  });

  test("of a token can be scanned only by its own user", async () => {
    const { token } = await trackFree(world, "alice");
    const { body } = await call(world, "challenge/qr-code", token, { action: "free" });
    await phone("set-up", { verificationMethod: "QR_CODE" }, seedUser("bob"));
    const challengeId = String(body["challengeId"]);
    expect((await phone(challengeId, { answer: "scan" }, seedUser("bob"))).status).toBe(404);
    expect((await phone(challengeId, { answer: "scan" })).status).toBe(204);
  });
});

describe("a QR code over a WebSocket", () => {
  function connect(protocols: string[]): WebSocket {
    const { port } = new URL(world.standIn.url);
    return new WebSocket(`ws://127.0.0.1:${port}/ws-v1-challenge`, protocols);
  }

  function messages(socket: WebSocket): { next(): Promise<Record<string, unknown>> } {
    const waiting: ((message: Record<string, unknown>) => void)[] = [];
    const arrived: Record<string, unknown>[] = [];
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8")) as Record<string, unknown>; // the documented shape
      const taker = waiting.shift();
      if (taker === undefined) {
        arrived.push(message);
      } else {
        taker(message);
      }
    });
    return {
      next: () =>
        new Promise((resolve) => {
          const message = arrived.shift();
          if (message === undefined) {
            waiting.push(resolve);
          } else {
            resolve(message);
          }
        }),
    };
  }

  test("says each change of state, and the token with the last", async () => {
    const socket = connect(["authsignal-ws", `x.authsignal.tenant.${TENANT_ID}`]);
    const inbound = messages(socket);
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.protocol).toBe("authsignal-ws");
    socket.send(
      JSON.stringify({ type: "CREATE_CHALLENGE", data: { challengeType: "QR_CODE", actionCode: "free" } }),
    );
    const created = (await inbound.next()) as { data: { challengeId: string } }; // the documented shape
    expect(created).toMatchObject({
      type: "CHALLENGE_CREATED",
      data: { challengeType: "QR_CODE", state: "unclaimed", expiresAt: expect.any(String) },
    });
    const { challengeId } = created.data;
    await phone(challengeId, { answer: "scan" });
    expect(await inbound.next()).toEqual({ type: "STATE_CHANGE", data: { challengeId, state: "claimed" } });
    await phone(challengeId, { answer: "approve" });
    expect(await inbound.next()).toEqual({
      type: "STATE_CHANGE",
      data: { challengeId, state: "approved", accessToken: expect.any(String) },
    });
    socket.terminate();
  });

  test.each([
    ["no protocol of ours", ["x.authsignal.tenant.wire-test-tenant"]],
    ["another tenant", ["authsignal-ws", "x.authsignal.tenant.other"]],
    ["a token that is none", ["authsignal-ws", "x.authsignal.token.a.b.c"]],
  ])("is refused with %s", async (_name, protocols) => {
    const socket = connect(protocols);
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toContain("401");
  });

  test.each([
    "not JSON",
    "{}",
    '{"type":"CREATE_CHALLENGE","data":{"challengeType":"QR_CODE","actionCode":"a/b"}}',
  ])("ends with a bad message: %s", async (text) => {
    const socket = connect(["authsignal-ws", `x.authsignal.tenant.${TENANT_ID}`]);
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send(text);
    expect(await closed).toBe(4400);
  });
});

test("the phone page refuses a form of another site", async () => {
  const answer = await fetch(`${world.standIn.url}/phone/${alice.sub}`, {
    method: "POST",
    headers: { "sec-fetch-site": "cross-site" },
    body: new URLSearchParams({ do: "push" }),
  });
  expect(answer.status).toBe(403);
});
