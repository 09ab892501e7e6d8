import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Authsignal, VerificationMethod } from "@authsignal/node";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { SECRET_KEY, seedUser, startWorld } from "./harness.ts";
import type { World } from "./harness.ts";

const PREVIOUS_KEY = "the-key-before";
const RETRY_DELAY_MS = 20;
const bob = seedUser("bob");

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the endpoint answers, one after the other; the last one for ever. */
let answers: number[] = [200];
let received: Received[] = [];
let endpoint: Server;
let endpointUrl: string;
let world: World;

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      const status = (answers.length > 1 ? answers.shift() : answers[0]) ?? 200;
      response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  // A server that listens on TCP has an address object.
  endpointUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
  world = await startWorld({
    previousSecretKey: PREVIOUS_KEY,
    webhookUrl: endpointUrl,
    webhookRetryDelayMs: RETRY_DELAY_MS,
  });
});
afterEach(async () => {
  answers = [200];
  await fetch(`${world.standIn.url}/control/reset`, { method: "POST" });
  received = [];
});
afterAll(async () => {
  await world.standIn.close();
  endpoint.close();
});

async function deliveries(): Promise<
  { deliveryId: string; state: string; tries: { status?: number; error?: string }[] }[]
> {
  return (await fetch(`${world.standIn.url}/control/deliveries`)).json() as never; // the documented shape
}

async function deleteOne(): Promise<void> {
  const [first] = await world.sdk.getAuthenticators({ userId: bob.sub });
  await world.sdk.deleteAuthenticator({
    userId: bob.sub,
    userAuthenticatorId: first?.userAuthenticatorId ?? "",
  });
}

function signature(one: Received | undefined): string {
  return String(one?.headers["x-signature-v2"]);
}

describe("an event", () => {
  test("has the documented envelope and a signature that the SDK accepts", async () => {
    await deleteOne();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    const [one] = received;
    const event = world.sdk.webhook.constructEvent(one?.body ?? "", signature(one));
    expect(event).toMatchObject({
      version: 1,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: "https://authsignal.com",
      tenantId: "wire-test-tenant",
      type: "authenticator.deleted",
      data: {
        userId: bob.sub,
        verificationMethod: "EMAIL_OTP",
        email: bob.email,
        deletedAt: expect.any(String),
      },
    });
    expect(one?.headers["content-type"]).toBe("application/json");
  });

  test("is signed with both active keys", async () => {
    await deleteOne();
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(signature(received[0])).toMatch(/^t=\d+,v2=[A-Za-z0-9+/]{43},v2=[A-Za-z0-9+/]{43}$/);
    const before = new Authsignal({ apiSecretKey: PREVIOUS_KEY, retries: 0 });
    expect(() =>
      before.webhook.constructEvent(received[0]?.body ?? "", signature(received[0])),
    ).not.toThrow();
  });

  test("is sent for created and updated too, and never carries a secret", async () => {
    const attributes = { verificationMethod: VerificationMethod.EMAIL_OTP, email: "b2@example.com" };
    await world.sdk.enrollVerifiedAuthenticator({ userId: "new", attributes });
    await world.sdk.updateUser({
      userId: "new",
      attributes: { email: "b3@example.com", emailVerified: true },
    });
    await vi.waitFor(() => expect(received).toHaveLength(2));
    const types = received.map(({ body }) => (JSON.parse(body) as { type: string }).type); // checked by the SDK above
    expect(types.toSorted()).toEqual(["authenticator.created", "authenticator.updated"]);
    expect(received.map(({ body }) => body).join("")).not.toContain("secret");
  });
});

describe("delivery", () => {
  test("a failure is tried again with the same event, and ends with success", async () => {
    answers = [500, 404, 204];
    await deleteOne();
    await vi.waitFor(async () => expect(await deliveries()).toMatchObject([{ state: "delivered" }]));
    expect(received.map(({ body }) => body)).toEqual([
      received[0]?.body,
      received[0]?.body,
      received[0]?.body,
    ]);
    for (const one of received) {
      expect(() => world.sdk.webhook.constructEvent(one.body, signature(one))).not.toThrow();
    }
  });

  test("after three retries it has failed, and can be sent again", async () => {
    answers = [500];
    await deleteOne();
    await vi.waitFor(async () => expect(await deliveries()).toMatchObject([{ state: "failed" }]));
    expect(received).toHaveLength(4);
    answers = [200];
    const [failed] = await deliveries();
    const resend = `${world.standIn.url}/dashboard/webhooks/${failed?.deliveryId}/resend`;
    expect((await fetch(resend, { method: "POST", redirect: "manual" })).status).toBe(303);
    await vi.waitFor(async () =>
      expect(await deliveries()).toMatchObject([{ state: "delivered" }, { state: "failed" }]),
    );
    expect(received.at(-1)?.body).toBe(received[0]?.body);
  });

  test("a redirect is a failure and is not followed", async () => {
    answers = [302, 200];
    await deleteOne();
    await vi.waitFor(async () => expect(await deliveries()).toMatchObject([{ state: "delivered" }]));
    expect((await deliveries())[0]?.tries).toMatchObject([{ status: 302 }, { status: 200 }]);
    expect(received.map(({ path }) => path)).toEqual(["/hook", "/hook"]);
  });

  test("nobody there is a failure too", async () => {
    const lonely = await startWorld({ webhookUrl: "http://127.0.0.1:1/hook" });
    const [first] = await lonely.sdk.getAuthenticators({ userId: bob.sub });
    await lonely.sdk.deleteAuthenticator({
      userId: bob.sub,
      userAuthenticatorId: first?.userAuthenticatorId ?? "",
    });
    await vi.waitFor(async () => {
      const list: unknown = await (await fetch(`${lonely.standIn.url}/control/deliveries`)).json();
      expect(list).toMatchObject([{ state: "waiting", tries: [{ error: "no connection" }] }]);
    });
    await lonely.standIn.close();
  });

  test("without a URL nothing is sent; a URL that is set later is used", async () => {
    const later = await startWorld();
    const userId = seedUser("alice").sub;
    const enrol = (email: string) =>
      later.sdk.enrollVerifiedAuthenticator({
        userId,
        attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email },
      });
    await enrol("a@example.com");
    later.standIn.setWebhookUrl(endpointUrl);
    await enrol("b@example.com");
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(() =>
      new Authsignal({ apiSecretKey: SECRET_KEY, retries: 0 }).webhook.constructEvent(
        received[0]?.body ?? "",
        signature(received[0]),
      ),
    ).not.toThrow();
    await later.standIn.close();
  });
});
