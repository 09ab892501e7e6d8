import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWebhookWorld, userNamed, type WebhookWorld } from "../../support/webhooks.ts";

const WAIT = { timeout: 10_000, interval: 20 };
const FLOOD_MS = 3_000;

let hooks: WebhookWorld;
beforeAll(async () => {
  hooks = await startWebhookWorld({});
});
afterAll(() => hooks.close());

describe("action.verify", () => {
  const verify = async (username: string, action: string, idempotencyKey: string) => {
    const data = { userId: userNamed(username).sub, action, idempotencyKey, verificationMethod: "EMAIL_OTP" };
    return (await hooks.deliver(hooks.eventOf(username, { type: "action.verify", data }))).status;
  };
  /** Starts a challenge as a program does, and gives its id. */
  const challenged = async (token: string): Promise<string> => {
    const response = await fetch(new URL("/transfer", hooks.world.gatewayUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ amount: 1500, payee: "Bob" }),
    });
    const body = (await response.json()) as { challenge: { id: string } }; // the problem document of a challenge
    expect(response.status).toBe(401);
    return body.challenge.id;
  };

  it("lets a challenge of the gateway through, and none of another user, action or nobody", async () => {
    const id = await challenged((await hooks.signIn("alice")).AccessToken);
    expect(await verify("alice", "transfer", id)).toBe(200);
    expect(await verify("alice", "transfer", id)).toBe(200);
    expect(await verify("bob", "transfer", id)).toBe(403);
    expect(await verify("alice", "add-payee", id)).toBe(403);
    expect(await verify("alice", "transfer", randomUUID())).toBe(403);
    expect(await verify("alice", "transfer", "../x")).toBe(403);
  });

  it("lets sign-ins through, which the gateway does not start", async () => {
    expect(await verify("alice", "cognitoAuth", randomUUID())).toBe(200);
  });

  it("refuses a challenge whose session a revocation has ended", async () => {
    const id = await challenged((await hooks.signIn("alice")).AccessToken);
    expect((await hooks.deliver(hooks.eventOf("alice"))).status).toBe(200);
    expect(await verify("alice", "transfer", id)).toBe(403);
  });
});

describe("a signature that is right but for its time", () => {
  it("is refused, and raises one alert, not one for each", async () => {
    const event = hooks.eventOf("bob");
    const stale = {
      "x-signature-v2": hooks.sign(JSON.stringify(event), Math.floor(Date.now() / 1000) - 400),
    };
    expect((await hooks.deliver(event, stale)).status).toBe(401);
    expect((await hooks.deliver(event, stale)).status).toBe(401);
    const alerts = () => hooks.sink.alerts.filter(({ body }) => body["type"] === "signature.stale");
    await vi.waitFor(() => expect(alerts()).toHaveLength(1), WAIT);
  });
});

describe("large bodies that never end", () => {
  /** More together than the room of 32 MiB for what cannot be verified yet. */
  const DRIPPING = 40;
  const EACH_BYTES = 900_000;

  it("keep no true batch out, and are answered in the end", async () => {
    const signature = hooks.sign("", undefined, "guessed");
    const headers = { "content-type": "application/json", "x-signature-v2": signature };
    const dripping = await Promise.all(
      Array.from({ length: DRIPPING }, async () => {
        const sent = request(hooks.world.webhooksUrl, { method: "POST", headers, agent: false });
        const answered = once(sent, "response").then(([response]: IncomingMessage[]) => response?.statusCode);
        await new Promise((resolve) => {
          sent.write(Buffer.alloc(EACH_BYTES, "x"), resolve);
        });
        return { sent, answered };
      }),
    );
    const records = Array.from({ length: 500 }, (_, index) =>
      hooks.recordOf("bob", "action.log_created", {
        idempotencyKey: `batch-${index}`,
        state: "ALLOW",
        custom: { note: "x".repeat(500) },
      }),
    );
    expect((await hooks.deliver({ records })).status).toBe(200);
    const statuses = await Promise.all(dripping.map(({ answered }) => answered));
    // Those that gave way to others when the room was full, and those that it had room for until their five seconds ended.
    expect(new Set([...statuses, 408, 429])).toEqual(new Set([408, 429]));
    for (const { sent } of dripping) {
      sent.destroy();
    }
  });
});

describe("a flood of forged deliveries", () => {
  it("is held back by the network that it comes from, without a look at what it sends", async () => {
    const from = (address: string) => ({ "CF-Connecting-IP": address });
    const forge = (address: string) => {
      const forged = hooks.eventOf("newt");
      const signature = hooks.sign(JSON.stringify(forged), undefined, "guessed");
      return hooks.deliver(forged, { "x-signature-v2": signature, ...from(address) });
    };
    const honest = (address: string) => hooks.deliver(hooks.eventOf("mallory"), from(address));
    expect((await honest("192.0.2.1")).status).toBe(200);
    await vi.waitFor(async () => {
      await Promise.all(Array.from({ length: 25 }, () => forge("203.0.113.9")));
      await Promise.all(Array.from({ length: 5 }, () => forge("192.0.2.1")));
      const held = await honest("203.0.113.9");
      expect([held.status, held.headers.get("Retry-After")]).toEqual([429, "10"]);
    }, WAIT);
    expect((await honest("203.0.113.10")).status).toBe(200);
    expect((await honest("192.0.2.1")).status).toBe(200);
  });

  it("delays no valid event, queues nothing, and is not recorded one by one", async () => {
    const { AccessToken } = await hooks.signIn("newt");
    const forged = hooks.eventOf("newt");
    const body = JSON.stringify(forged);
    const header = { "x-signature-v2": hooks.sign(body, undefined, "guessed") };
    const statuses = new Map<number, number>();
    const endMs = Date.now() + FLOOD_MS;
    const attacker = async () => {
      while (Date.now() < endMs) {
        const { status } = await hooks.deliver(forged, header);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const slowest: number[] = [];
    const sender = async () => {
      while (Date.now() < endMs) {
        const startedMs = performance.now();
        expect((await hooks.deliver(hooks.eventOf("mallory"))).status).toBe(200);
        slowest.push(performance.now() - startedMs);
      }
    };
    const before = hooks.log.length;
    await Promise.all([...Array.from({ length: 24 }, attacker), sender()]);

    const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
    const times = slowest.toSorted((a, b) => a - b);
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
    console.log(
      `${Math.round(sent / (FLOOD_MS / 1000))} forged/s; valid ${times.length}, p99 ${Math.round(p99)} ms`,
    );
    expect(new Set(statuses.keys())).toEqual(new Set([401, 429]));
    expect(times.length).toBeGreaterThan(10);
    expect(p99).toBeLessThan(1_000);
    expect(hooks.log.slice(before).filter((line) => line.includes("signature")).length).toBeLessThan(200);
    expect((await hooks.visit(AccessToken)).status).toBe(200);
    expect(hooks.alertsOf("authenticator-removed", "newt")).toEqual([]);
  });
});
