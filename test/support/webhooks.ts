import { createHmac, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SEED_USERS } from "../../workers/local/seed.ts";
import type { WorldOptions } from "../../workers/local/world.ts";
import { startWatchedWorld, type WatchedWorld } from "./watched-world.ts";

export const TENANT_ID = "sallyport-local";

/** Where alerts arrive: an HTTP server that can be told to fail. */
export interface AlertSink {
  readonly url: string;
  /** In the order they came, refused ones included. */
  readonly alerts: {
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: Record<string, unknown>;
  }[];
  status: number;
  close(): void;
}

export async function startAlertSink(): Promise<AlertSink> {
  const alerts: AlertSink["alerts"] = [];
  const server: Server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      alerts.push({ headers: request.headers, body: JSON.parse(text) as Record<string, unknown> }); // our own alerts
      response.writeHead(sink.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address
  const sink: AlertSink = {
    url: `http://127.0.0.1:${port}/hook`,
    alerts,
    status: 204,
    close: () => server.close(),
  };
  return sink;
}

/** A demo user. */
export function userNamed(username: string) {
  const user = SEED_USERS.find((one) => one.username === username);
  if (user === undefined) {
    throw new Error(`there is no demo user ${username}`);
  }
  return user;
}

/** The local world with a sink for its alerts, and what a test of webhooks says to it. */
export interface WebhookWorld {
  readonly world: WatchedWorld;
  readonly sink: AlertSink;
  readonly log: readonly string[];
  /** An event of a user, as Authsignal sends it. */
  eventOf(
    username: string,
    overrides?: Readonly<Record<string, unknown>>,
  ): Record<string, unknown> & { id: string };
  /** A record of a log batch. */
  recordOf(username: string, type: string, record: Readonly<Record<string, unknown>>, atMs?: number): object;
  sign(body: string, tSeconds?: number, secret?: string): string;
  /** Delivers an event, or a batch, well signed. */
  deliver(event: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Signs in by password. */
  signIn(username: string): Promise<{ readonly AccessToken: string; readonly RefreshToken: string }>;
  cognito(operation: string, input: object): Promise<{ readonly status: number; readonly json: unknown }>;
  /** What the gateway answers to a bearer token. */
  visit(token: string, path?: string): Promise<{ readonly status: number; readonly code: unknown }>;
  alertsOf(reaction: string, username: string): AlertSink["alerts"];
  close(): Promise<void>;
}

/** Starts the world. @param options.policy the text of a policy; left out, the bundled one. */
export async function startWebhookWorld(options: {
  readonly policy?: object;
  readonly vars?: Readonly<Record<string, string>>;
  readonly world?: Partial<WorldOptions>;
}): Promise<WebhookWorld> {
  const sink = await startAlertSink();
  const world = await startWatchedWorld({
    asBundled: true,
    vars: { ALERT_URL: sink.url, STALENESS_SECONDS: "0", AUTHSIGNAL_TENANT_ID: TENANT_ID, ...options.vars },
    ...options.world,
  });
  if (options.policy !== undefined) {
    await world.pushPolicy(JSON.stringify(options.policy));
  }
  const sign: WebhookWorld["sign"] = (
    body,
    tSeconds = Math.floor(Date.now() / 1000),
    secret = world.authsignalSecret,
  ) =>
    `t=${tSeconds},v2=${createHmac("sha256", secret).update(`${tSeconds}.${body}`).digest("base64").replace("=", "")}`;
  const envelope = (type: string, atMs: number) => ({
    version: 1,
    id: randomUUID(),
    source: "https://authsignal.com",
    time: new Date(atMs).toISOString(),
    tenantId: TENANT_ID,
    type,
  });
  const cognito: WebhookWorld["cognito"] = async (operation, input) => {
    const response = await fetch(world.cognito.api, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify({ ClientId: world.clientId, ...input }),
    });
    return { status: response.status, json: await response.json() };
  };
  return {
    world,
    sink,
    log: world.log,
    sign,
    cognito,
    eventOf: (username, overrides = {}) => ({
      ...envelope("authenticator.deleted", Date.now()),
      data: {
        userId: userNamed(username).sub,
        userAuthenticatorId: randomUUID(),
        verificationMethod: "EMAIL_OTP",
        email: "someone@example.com",
      },
      ...overrides,
    }),
    recordOf: (username, type, record, atMs = Date.now()) => ({
      ...envelope(type, atMs),
      record: { userId: userNamed(username).sub, actionCode: "transfer", ...record },
    }),
    deliver: (event, headers = {}) => {
      const body = JSON.stringify(event);
      const all = { "content-type": "application/json", "x-signature-v2": sign(body), ...headers };
      return fetch(world.webhooksUrl, { method: "POST", headers: all, body });
    },
    async signIn(username) {
      const { password } = userNamed(username);
      const parameters = { USERNAME: username, PASSWORD: password };
      const { json } = await cognito("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: parameters,
      });
      // The stand-in's answer to a good password; of a disabled account it has no such member.
      return (json as { AuthenticationResult: { AccessToken: string; RefreshToken: string } })
        .AuthenticationResult;
    },
    async visit(token, path = "/") {
      const response = await fetch(new URL(path, world.gatewayUrl), {
        headers: { authorization: `Bearer ${token}` },
      });
      const isProblem = response.headers.get("content-type") === "application/problem+json";
      const body: unknown = isProblem ? await response.json() : await response.text();
      return { status: response.status, code: isProblem ? Reflect.get(Object(body), "code") : undefined };
    },
    alertsOf: (reaction, username) =>
      sink.alerts.filter(
        ({ body }) => body["reaction"] === reaction && body["sub"] === userNamed(username).sub,
      ),
    async close() {
      await world.close();
      sink.close();
    },
  };
}
