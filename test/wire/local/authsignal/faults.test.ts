import { Authsignal } from "@authsignal/node";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Fault } from "../../../../workers/local/authsignal/faults.ts";
import { SECRET_KEY, startWorld } from "./harness.ts";
import type { World } from "./harness.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
afterEach(() => world.standIn.setFault(undefined));

function track(signal?: AbortSignal): Promise<Response> {
  return fetch(`${world.standIn.url}/v1/users/u/actions/a`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${SECRET_KEY}:`)}` },
    ...(signal === undefined ? {} : { signal }),
  });
}

function control(method: string, fault?: unknown): Promise<Response> {
  return fetch(`${world.standIn.url}/control/fault`, {
    method,
    ...(fault === undefined ? {} : { body: JSON.stringify(fault) }),
  });
}

describe("a fault", () => {
  test.each<[Fault["kind"], number, string]>([
    ["status", 500, "application/json"],
    ["html", 502, "text/html"],
    ["garbage", 200, "application/json"],
  ])("%s answers %d as %s", async (kind, status, contentType) => {
    world.standIn.setFault({ endpoint: "track", kind });
    const response = await track();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain(contentType);
  });

  test("a status can be chosen, and the SDK sees it", async () => {
    world.standIn.setFault({ endpoint: "*", kind: "status", status: 503 });
    await expect(world.sdk.track({ userId: "u", action: "a" })).rejects.toMatchObject({ statusCode: 503 });
  });

  test("garbage is not JSON", async () => {
    world.standIn.setFault({ endpoint: "*", kind: "garbage" });
    await expect((await track()).json()).rejects.toThrow(SyntaxError);
  });

  test("reset breaks the connection", async () => {
    world.standIn.setFault({ endpoint: "track", kind: "reset" });
    await expect(track()).rejects.toThrow("fetch failed");
  });

  test("hang gives no answer, and does not hold up close", async () => {
    const hanging = await startWorld();
    hanging.standIn.setFault({ endpoint: "validate", kind: "hang" });
    const answer = fetch(`${hanging.standIn.url}/validate`, { method: "POST" }).catch(
      (error: unknown) => error,
    );
    await fetch(`${hanging.standIn.url}/inbox`);
    await hanging.standIn.close();
    expect(await answer).toBeInstanceOf(TypeError);
  });

  test("delay answers late but right", async () => {
    world.standIn.setFault({ endpoint: "track", kind: "delay", delayMs: 60 });
    const startedMs = performance.now();
    expect((await track()).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55);
  });

  test("touches its own endpoint only, and never the pages", async () => {
    world.standIn.setFault({ endpoint: "validate", kind: "status" });
    expect((await track()).status).toBe(200);
    world.standIn.setFault({ endpoint: "*", kind: "status" });
    expect((await fetch(`${world.standIn.url}/inbox`)).status).toBe(200);
  });
});

describe("more faults", () => {
  test("reset-mid-body breaks the answer off, and what was asked is done", async () => {
    world.standIn.setFault({ endpoint: "track", kind: "reset-mid-body" });
    const response = await track();
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    world.standIn.setFault(undefined);
    expect(await world.sdk.queryUserActions({ userId: "u" })).not.toEqual([]);
  });

  test("rate-limit is 429 with Retry-After", async () => {
    world.standIn.setFault({ endpoint: "track", kind: "rate-limit", retryAfterSeconds: 7 });
    const response = await track();
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(await response.json()).toMatchObject({ error: "too_many_requests" });
  });

  test("oversized never ends soon", async () => {
    world.standIn.setFault({ endpoint: "track", kind: "oversized", bytes: 3_000_000 });
    expect((await (await track()).text()).length).toBeGreaterThan(3_000_000);
  });

  test("refuse closes the port for a while", async () => {
    const alone = await startWorld();
    const ask = () => alone.sdk.getUser({ userId: "u" });
    alone.standIn.setFault({ endpoint: "*", kind: "refuse", delayMs: 150 });
    await expect(ask()).rejects.toMatchObject({ errorCode: "unexpected_error" });
    await vi.waitFor(ask, { timeout: 3_000, interval: 30 });
    await alone.standIn.close();
  });

  test("refuse may be on from the start", async () => {
    const faults: Fault[] = [{ endpoint: "*", kind: "refuse", delayMs: 150 }];
    const alone = await startWorld({ faults });
    const ask = () => alone.sdk.getUser({ userId: "u" });
    await expect(ask()).rejects.toMatchObject({ errorCode: "unexpected_error" });
    await vi.waitFor(ask, { timeout: 3_000, interval: 30 });
    await alone.standIn.close();
  });

  test("times ends it by itself", async () => {
    world.standIn.setFault({ endpoint: "track", kind: "status", times: 2 });
    expect([(await track()).status, (await track()).status, (await track()).status]).toEqual([500, 500, 200]);
  });

  test.each<[Fault["endpoint"], string, string]>([
    ["users", "GET", "/users/u"],
    ["actions", "GET", "/users/u/actions"],
    ["authenticators", "GET", "/users/u/authenticators"],
    ["challenge", "POST", "/challenge"],
    ["verify", "POST", "/verify"],
    ["claim", "POST", "/claim"],
    ["challenges", "GET", "/challenges?action=a"],
    ["sessions", "POST", "/sessions/validate"],
    ["management", "GET", "/management/tenant"],
    ["client", "POST", "/client/challenge"],
    ["jwks", "GET", "/client/public/wire-test-tenant/.well-known/jwks"],
  ])("%s can fail alone", async (endpoint, method, path) => {
    const ask = async (): Promise<number> =>
      (await fetch(`${world.standIn.url}/v1${path}`, { method })).status;
    world.standIn.setFault({ endpoint, kind: "status", status: 599 });
    expect(await ask()).toBe(599);
    expect((await track()).status).toBe(200);
    world.standIn.setFault({ endpoint: "track", kind: "status", status: 599 });
    expect(await ask()).not.toBe(599);
  });
});

describe("the clock", () => {
  test("can be wrong: tokens expire, webhooks and actions carry its time", async () => {
    const { token } = await world.sdk.track({ userId: "u", action: "a" });
    world.standIn.setClockShift(11 * 60_000);
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ error: "expired_token" });
    world.standIn.setClockShift(-3_600_000);
    const { idempotencyKey } = await world.sdk.track({ userId: "u", action: "a" });
    const { createdAt } = await world.sdk.getAction({ userId: "u", action: "a", idempotencyKey });
    expect(Date.parse(createdAt)).toBeLessThan(Date.now() - 3_500_000);
    world.standIn.setClockShift(0);
  });
});

describe("a key rotation", () => {
  test("makes a new key current and keeps the one before until it is retired", async () => {
    const rotating = await startWorld();
    const { token } = await rotating.sdk.track({ userId: "u", action: "a" });
    const next = rotating.standIn.rotateSecretKey();
    const fresh = new Authsignal({ apiSecretKey: next, apiUrl: rotating.standIn.url, retries: 0 });
    expect(await fresh.validateChallenge({ token })).toMatchObject({ state: "ALLOW" });
    expect(await rotating.sdk.validateChallenge({ token })).toMatchObject({ state: "ALLOW" });
    await fetch(`${rotating.standIn.url}/control/keys/retire`, { method: "POST" });
    await expect(rotating.sdk.getUser({ userId: "u" })).rejects.toMatchObject({ statusCode: 401 });
    expect(await fresh.validateChallenge({ token })).toMatchObject({ isValid: false });
    await rotating.standIn.close();
  });
});

describe("over HTTP", () => {
  test("it is switched on and off", async () => {
    expect((await control("POST", { endpoint: "track", kind: "status", status: 500 })).status).toBe(204);
    expect((await track()).status).toBe(500);
    expect((await control("DELETE")).status).toBe(204);
    expect((await track()).status).toBe(200);
  });

  test("several at once: a delay comes before another", async () => {
    const faults = [
      { endpoint: "*", kind: "delay", delayMs: 30 },
      { endpoint: "track", kind: "status", status: 503 },
    ];
    const body = JSON.stringify(faults);
    expect((await fetch(`${world.standIn.url}/control/faults`, { method: "PUT", body })).status).toBe(204);
    expect(await (await fetch(`${world.standIn.url}/control/faults`)).json()).toEqual(faults);
    const startedMs = performance.now();
    expect((await track()).status).toBe(503);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(25);
  });

  test("an unknown kind is refused", async () => {
    expect((await control("POST", { endpoint: "track", kind: "melt" })).status).toBe(400);
  });
});
