import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SEED_USERS } from "../../workers/local/seed.ts";
import { startWorld, type World } from "../../workers/local/world.ts";
import { send } from "../support/http.ts";

const TENANT_ID = "sallyport-local";
const ALERT_TOKEN = "alert-token-for-tests";
const PREVIOUS_SECRET = "the-secret-that-is-being-replaced";
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [
    { id: "authenticator-removed", on: ["authenticator.deleted"], do: ["revoke-user", "alert"] },
    { id: "polished", on: ["passkey.polished"], do: ["alert", "record"] },
  ],
};
const WAIT = { timeout: 10_000, interval: 20 };

/** Where alerts arrive: an HTTP server that can be told to fail. */
interface Sink {
  readonly url: string;
  /** In the order they came, refused ones included. */
  readonly alerts: {
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: Record<string, unknown>;
  }[];
  status: number;
  close(): void;
}

async function startSink(): Promise<Sink> {
  const alerts: Sink["alerts"] = [];
  const server: Server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      alerts.push({ headers: request.headers, body: JSON.parse(text) as Record<string, unknown> }); // our own alerts
      response.writeHead(sink.status, sink.status === 302 ? { Location: "/elsewhere" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address
  const sink: Sink = {
    url: `http://127.0.0.1:${port}/hook`,
    alerts,
    status: 204,
    close: () => server.close(),
  };
  return sink;
}

describe("the webhook Worker", () => {
  let world: World;
  let sink: Sink;
  let folder: string;
  const log: string[] = [];

  beforeAll(async () => {
    sink = await startSink();
    folder = await mkdtemp(join(tmpdir(), "sallyport-webhooks-"));
    const policyFile = join(folder, "policy.json");
    await writeFile(policyFile, JSON.stringify(POLICY));
    world = await startWorld({
      port: 0,
      policyFile,
      vars: {
        ALERT_URL: sink.url,
        ALERT_TOKEN,
        STALENESS_SECONDS: "0",
        AUTHSIGNAL_SECRET_PREVIOUS: PREVIOUS_SECRET,
        AUTHSIGNAL_TENANT_ID: TENANT_ID,
      },
      onLog: (line) => log.push(line),
    });
  });
  afterAll(async () => {
    await world.close();
    sink.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    sink.alerts.length = 0;
    sink.status = 204;
  });

  /** The alerts about one event; others may still be on their way from an earlier test. */
  const alertsAbout = (event: { readonly id: string }) =>
    sink.alerts.filter(({ body }) => String(body["id"]).startsWith(`${event.id}/`));
  const nowSeconds = () => Math.floor(Date.now() / 1000);

  const userNamed = (username: string) => {
    const user = SEED_USERS.find((one) => one.username === username);
    if (user === undefined) {
      throw new Error(`there is no demo user ${username}`);
    }
    return user;
  };

  const eventOf = (username: string, overrides: Readonly<Record<string, unknown>> = {}) => ({
    version: 1,
    id: randomUUID(),
    source: "https://authsignal.com",
    time: new Date().toISOString(),
    tenantId: TENANT_ID,
    type: "authenticator.deleted",
    data: {
      userId: userNamed(username).sub,
      userAuthenticatorId: randomUUID(),
      verificationMethod: "EMAIL_OTP",
      email: "someone@example.com",
    },
    ...overrides,
  });

  const sign = (body: string, tSeconds = nowSeconds(), secret = world.authsignalSecret) =>
    `t=${tSeconds},v2=${createHmac("sha256", secret).update(`${tSeconds}.${body}`).digest("base64").replace("=", "")}`;

  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(world.webhooksUrl, {
      method: "POST",
      headers: { "content-type": "application/json", "x-signature-v2": sign(body), ...headers },
      body,
    });
  const deliver = (event: unknown) => post(JSON.stringify(event));

  const signIn = async (username: string): Promise<string> => {
    const { password } = userNamed(username);
    const response = await fetch(world.cognito.api, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
      },
      body: JSON.stringify({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: world.clientId,
        AuthParameters: { USERNAME: username, PASSWORD: password },
      }),
    });
    const { AuthenticationResult } = (await response.json()) as {
      AuthenticationResult: { AccessToken: string };
    }; // the stand-in's answer to a good password
    return AuthenticationResult.AccessToken;
  };

  const visit = async (token: string): Promise<{ status: number; code: unknown }> => {
    const response = await fetch(world.gatewayUrl, { headers: { authorization: `Bearer ${token}` } });
    const isProblem = response.headers.get("content-type") === "application/problem+json";
    const body: unknown = isProblem ? await response.json() : await response.text();
    return { status: response.status, code: isProblem ? Reflect.get(Object(body), "code") : undefined };
  };

  it("revokes at once, and alerts", async () => {
    const token = await signIn("alice");
    expect(await visit(token)).toMatchObject({ status: 200 });
    const event = eventOf("alice");

    expect((await deliver(event)).status).toBe(200);

    expect(await visit(token)).toEqual({ status: 401, code: "session_revoked" });
    await vi.waitFor(() => expect(alertsAbout(event)).toHaveLength(1), WAIT);
    const { headers, body } = alertsAbout(event)[0] ?? {};
    const id = `${event.id}/authenticator-removed`;
    expect(body).toEqual({
      id,
      type: "authenticator.deleted",
      sub: userNamed("alice").sub,
      reaction: "authenticator-removed",
      at: event.time,
      summary: expect.stringContaining("(EMAIL_OTP)"),
    });
    expect(headers).toMatchObject({ "idempotency-key": id, authorization: `Bearer ${ALERT_TOKEN}` });
  });

  it("leaves a new sign-in alone, also when an old event comes again", async () => {
    const event = eventOf("bob", { time: new Date(Date.now() - 60_000).toISOString() });
    const token = await signIn("bob");
    expect((await deliver(event)).status).toBe(200);
    expect((await deliver(event)).status).toBe(200);
    expect(await visit(token)).toMatchObject({ status: 200 });
  });

  it("revokes no other user", async () => {
    const token = await signIn("bob");
    expect((await deliver(eventOf("mallory"))).status).toBe(200);
    expect(await visit(token)).toMatchObject({ status: 200 });
  });

  it("sends one alert for an event that comes again", async () => {
    const event = eventOf("mallory");
    expect((await deliver(event)).status).toBe(200);
    await vi.waitFor(() => expect(alertsAbout(event)).toHaveLength(1), WAIT);
    expect((await deliver(event)).status).toBe(200);
    const later = eventOf("mallory");
    expect((await deliver(later)).status).toBe(200);
    await vi.waitFor(() => expect(alertsAbout(later)).toHaveLength(1), WAIT);
    expect(alertsAbout(event)).toHaveLength(1);
  });

  it.each([500, 302])(
    "tries an alert again, by the same id, when the alert URL answers %i",
    async (status) => {
      sink.status = status;
      const event = eventOf("mallory");
      expect((await deliver(event)).status).toBe(200);
      await vi.waitFor(() => expect(alertsAbout(event)).toHaveLength(1), WAIT);
      sink.status = 204;
      await vi.waitFor(() => expect(alertsAbout(event)).toHaveLength(2), WAIT);
      expect(new Set(alertsAbout(event).map(({ body }) => body["id"])).size).toBe(1);
    },
  );

  it("follows the policy that was pushed, and takes either secret while they are rotated", async () => {
    const event = eventOf("alice", { type: "passkey.polished" });
    const body = JSON.stringify(event);
    const signature = sign(body, nowSeconds(), PREVIOUS_SECRET);
    expect((await post(body, { "x-signature-v2": signature })).status).toBe(200);
    await vi.waitFor(() => expect(alertsAbout(event)).toHaveLength(1), WAIT);
    expect(alertsAbout(event)[0]?.body).toMatchObject({ reaction: "polished", type: "passkey.polished" });
  });

  it("reacts to what the Authsignal stand-in sends when an authenticator is removed", async () => {
    const token = await signIn("bob");
    expect(await visit(token)).toMatchObject({ status: 200 });
    const authorization = `Basic ${Buffer.from(`${world.authsignalSecret}:`).toString("base64")}`;
    const base = `${world.authsignal.url}/v1/users/${userNamed("bob").sub}/authenticators`;
    const listed = await fetch(base, { headers: { authorization } });
    const [first] = (await listed.json()) as { userAuthenticatorId: string }[]; // the stand-in's list
    await fetch(`${base}/${first?.userAuthenticatorId}`, { method: "DELETE", headers: { authorization } });
    const sub = userNamed("bob").sub;
    await vi.waitFor(() => {
      expect(sink.alerts).toContainEqual(
        expect.objectContaining({ body: expect.objectContaining({ type: "authenticator.deleted", sub }) }),
      );
    }, WAIT);
    expect(await visit(token)).toEqual({ status: 401, code: "session_revoked" });
  });

  it("takes a batch of 500 log records, and events of types to come", async () => {
    const record = {
      userId: userNamed("alice").sub,
      actionCode: "transfer",
      state: "BLOCK",
      outcome: "BLOCK",
    };
    const records = Array.from({ length: 500 }, (_, index) => {
      const { id: _id, data: _data, ...envelope } = eventOf("alice", { type: "action.log_created" });
      return { ...envelope, record: { ...record, idempotencyKey: `key-${index}` } };
    });
    expect((await deliver({ records })).status).toBe(200);
    expect((await deliver(eventOf("alice", { type: "passkey.shined", data: {} }))).status).toBe(200);
    expect(
      (
        await deliver(
          eventOf("alice", { type: "action.verify", data: { userId: record.userId, action: "transfer" } }),
        )
      ).status,
    ).toBe(200);
  });

  describe("refuses, changing nothing,", () => {
    const refusals: readonly [string, number, string, () => Promise<Response>][] = [
      [
        "a forged signature",
        401,
        "signature_refused",
        () => {
          const body = JSON.stringify(eventOf("newt"));
          return post(body, { "x-signature-v2": sign(body, nowSeconds(), "guessed") });
        },
      ],
      [
        "a body that was changed",
        401,
        "signature_refused",
        () =>
          post(JSON.stringify(eventOf("newt")), { "x-signature-v2": sign(JSON.stringify(eventOf("newt"))) }),
      ],
      [
        "no signature",
        401,
        "signature_refused",
        () => post(JSON.stringify(eventOf("newt")), { "x-signature-v2": "" }),
      ],
      [
        "a stale signature",
        401,
        "signature_refused",
        () => {
          const body = JSON.stringify(eventOf("newt"));
          return post(body, { "x-signature-v2": sign(body, nowSeconds() - 302) });
        },
      ],
      [
        "a signature from the future",
        401,
        "signature_refused",
        () => {
          const body = JSON.stringify(eventOf("newt"));
          return post(body, { "x-signature-v2": sign(body, nowSeconds() + 310) });
        },
      ],
      [
        "an event of another tenant",
        400,
        "event_refused",
        () => deliver(eventOf("newt", { tenantId: "other" })),
      ],
      [
        "an event of another source",
        400,
        "event_refused",
        () => deliver(eventOf("newt", { source: "https://example.com" })),
      ],
      ["an event without a user", 400, "event_refused", () => deliver(eventOf("newt", { data: {} }))],
      ["what is not JSON", 400, "event_refused", () => post("{")],
      [
        "another content type",
        415,
        "unsupported_content_type",
        () => post(JSON.stringify(eventOf("newt")), { "content-type": "text/plain" }),
      ],
      [
        "more than 1 MiB",
        413,
        "body_too_large",
        // Declared and not sent: a client that still sends may lose the answer with its connection (RFC 9112 section 9.6).
        async () => {
          const headers = {
            "content-type": "application/json",
            "content-length": "1048577",
            "x-signature-v2": sign(""),
          };
          const { text, ...answer } = await send(world.webhooksUrl, { method: "POST", headers });
          return new Response(text, answer);
        },
      ],
      [
        "more than 1 MiB without a length",
        413,
        "body_too_large",
        () => {
          const body = JSON.stringify(eventOf("newt")).padEnd(1_048_577);
          const streamed: RequestInit & { readonly duplex: "half" } = {
            method: "POST",
            headers: { "content-type": "application/json", "x-signature-v2": sign(body) },
            body: new Blob([body]).stream(),
            duplex: "half",
          };
          return fetch(world.webhooksUrl, streamed);
        },
      ],
      ["another method", 405, "method_not_allowed", () => fetch(world.webhooksUrl)],
      [
        "another path",
        404,
        "not_found",
        () =>
          fetch(`${world.webhooksUrl}/`, {
            method: "POST",
            body: "{}",
            headers: { "content-type": "application/json" },
          }),
      ],
    ];
    let token: string;

    beforeAll(async () => {
      token = await signIn("newt");
    });

    it.each(refusals)("%s", async (_, status, code, request) => {
      const response = await request();
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("allow")).toBe(status === 405 ? "POST" : null);
      expect(await response.json()).toMatchObject({ status, code });
      expect(await visit(token)).toMatchObject({ status: 200 });
      const { sub } = userNamed("newt");
      expect(sink.alerts.filter(({ body }) => body["sub"] === sub)).toEqual([]);
    });
  });

  it("answers a health check", async () => {
    const response = await fetch(new URL("/health", world.webhooksUrl));
    expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  });

  it("logs neither secrets, tokens nor addresses", async () => {
    const text = log.join("\n");
    expect(text).toContain("authenticator.deleted");
    expect(text).not.toContain(world.authsignalSecret);
    expect(text).not.toContain(ALERT_TOKEN);
    expect(text).not.toContain("someone@example.com");
  });
});
