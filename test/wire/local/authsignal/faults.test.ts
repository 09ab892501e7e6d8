import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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

describe("over HTTP", () => {
  test("it is switched on and off", async () => {
    expect((await control("POST", { endpoint: "track", kind: "status", status: 500 })).status).toBe(204);
    expect((await track()).status).toBe(500);
    expect((await control("DELETE")).status).toBe(204);
    expect((await track()).status).toBe(200);
  });

  test("an unknown kind is refused", async () => {
    expect((await control("POST", { endpoint: "track", kind: "melt" })).status).toBe(400);
  });
});
