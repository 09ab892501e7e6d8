import { createHmac, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SEED_USERS } from "../../workers/local/seed.ts";
import { startWorld, type World } from "../../workers/local/world.ts";

const TENANT_ID = "sallyport-local";
const ALERT_TOKEN = "alert-token-for-tests";
const WAIT = { timeout: 10_000, interval: 20 };

/** Where alerts arrive: an HTTP server that can be told to fail. */
interface Sink {
  readonly url: string;
  /** In the order they came, refused ones included. */
  readonly alerts: { readonly headers: Readonly<Record<string, unknown>>; readonly body: Record<string, unknown> }[];
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
  const sink: Sink = { url: `http://127.0.0.1:${port}/hook`, alerts, status: 204, close: () => server.close() };
  return sink;
}

describe("the webhook Worker", () => {
  let world: World;
  let sink: Sink;
  const log: string[] = [];

  beforeAll(async () => {
    sink = await startSink();
    world = await startWorld({
      port: 0,
      vars: { ALERT_URL: sink.url, ALERT_TOKEN, STALENESS_SECONDS: "0" },
      onLog: (line) => log.push(line),
    });
  });
  afterAll(async () => {
    await world.close();
    sink.close();
  });
  beforeEach(() => {
    sink.alerts.length = 0;
    sink.status = 204;
  });

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
    await vi.waitFor(() => expect(sink.alerts).toHaveLength(1), WAIT);
    const { headers, body } = sink.alerts[0] ?? {};
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
});
