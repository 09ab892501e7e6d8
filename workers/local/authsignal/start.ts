import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { SeedUser } from "../seed.ts";
import { assets } from "./assets.ts";
import { DEFAULT_TRACK_TOKEN_MINUTES, DEFAULT_WEBHOOK_RETRY_DELAY_MS } from "./choices.ts";
import type { Context } from "./context.ts";
import { control } from "./control.ts";
import { dashboard } from "./dashboard/routes.ts";
import type { Fault, FaultSwitch } from "./faults.ts";
import { Inbox } from "./inbox.ts";
import { notFoundAnswer } from "./not-found.ts";
import { refuseCrossSite } from "./same-site.ts";
import { apiError } from "./server-api/errors.ts";
import { serverApi } from "./server-api/routes.ts";
import { Store } from "./state.ts";
import { createTokens } from "./tokens.ts";
import { challengeUi } from "./ui/challenge.ts";
import { enrolUi } from "./ui/enrol.ts";
import { Verifier } from "./verification.ts";
import { Webhooks } from "./webhooks.ts";

export interface AuthsignalOptions {
  /** 0: any free port. */
  readonly port: number;
  /** The server API secret: HTTP Basic user name, token key, and webhook key. */
  readonly secretKey: string;
  /** A second active key, as during a rotation. */
  readonly previousSecretKey?: string;
  readonly tenantId: string;
  readonly users: readonly SeedUser[];
  /** Where authenticator events go; without it none are sent. */
  readonly webhookUrl?: string;
  readonly webhookRetryDelayMs?: number;
  readonly trackTokenMinutes?: number;
  /** The clock, in milliseconds since the epoch. */
  readonly nowMs?: () => number;
}

export interface AuthsignalStandIn {
  /** `http://127.0.0.1:PORT`: the server API is at `/v1/…` and, alike, at `/…`. */
  readonly url: string;
  /** `http://authsignal.localhost:PORT`: the pages, for browsers. */
  readonly publicUrl: string;
  setWebhookUrl(url: string): void;
  setFault(fault: Fault | undefined): void;
  /** Ends at once, requests that hang included. */
  close(): Promise<void>;
}

/** Starts the stand-in on 127.0.0.1. Rejects with the `listen` error when the port is taken. */
export async function startAuthsignal(options: AuthsignalOptions): Promise<AuthsignalStandIn> {
  if (options.secretKey === "" || options.previousSecretKey === "") {
    throw new TypeError("secretKey and previousSecretKey must not be empty");
  }
  const nowMs = options.nowMs ?? Date.now;
  const { tenantId } = options;
  const secretKeys = [options.secretKey, options.previousSecretKey].filter((key) => key !== undefined);
  const inbox = new Inbox();
  const faults: FaultSwitch = { current: undefined };
  const retryDelayMs = options.webhookRetryDelayMs ?? DEFAULT_WEBHOOK_RETRY_DELAY_MS;
  const webhooks = new Webhooks({ secretKeys, tenantId, retryDelayMs, nowMs }, options.webhookUrl);
  const lifetimeMinutes = options.trackTokenMinutes ?? DEFAULT_TRACK_TOKEN_MINUTES;
  let publicUrl = "";

  const context: Context = {
    secretKeys,
    tenantId,
    store: new Store(options.users, nowMs),
    tokens: createTokens({ secretKeys, tenantId, lifetimeMinutes, nowMs }),
    inbox,
    verifier: new Verifier(inbox, nowMs),
    webhooks,
    faults,
    nowMs,
    publicUrl: () => publicUrl,
  };

  const server = createAdaptorServer({ fetch: compose(context).fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  publicUrl = `http://authsignal.localhost:${port}`;

  return {
    url: `http://127.0.0.1:${port}`,
    publicUrl,
    setWebhookUrl(url) {
      webhooks.url = url;
    },
    setFault(fault) {
      faults.current = fault;
    },
    async close() {
      webhooks.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if ("closeAllConnections" in server) {
        server.closeAllConnections();
      }
      await closed;
    },
  };
}

function compose(context: Context): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const api = serverApi(context);
  app.route("/v1", api);
  app.route("/", api);
  app.use("/control/*", refuseCrossSite);
  app.use("/dashboard/*", refuseCrossSite);
  for (const part of [
    challengeUi(context),
    enrolUi(context),
    dashboard(context),
    control(context),
    assets(),
  ]) {
    app.route("/", part);
  }
  app.notFound(notFoundAnswer);
  app.onError(() => apiError(500, "internal_server_error", "Something went wrong."));
  return app;
}
