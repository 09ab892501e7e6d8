import { createAdaptorServer } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { assets } from "./assets.ts";
import { attachQrSocket } from "./client-api/qr-socket.ts";
import { clientApi } from "./client-api/routes.ts";
import type { Context } from "./context.ts";
import { control } from "./control.ts";
import { createContext } from "./create-context.ts";
import { dashboard } from "./dashboard/routes.ts";
import type { Fault } from "./faults.ts";
import { Listener } from "./listener.ts";
import { managementApi } from "./management-api/routes.ts";
import { notFoundAnswer } from "./not-found.ts";
import type { AuthsignalOptions } from "./options.ts";
import { Persistence } from "./persistence.ts";
import { phoneControl } from "./phone/control.ts";
import { phonePages } from "./phone/pages.ts";
import { refuseCrossSite } from "./same-site.ts";
import { apiError } from "./server-api/errors.ts";
import { serverApi } from "./server-api/routes.ts";
import { challengeUi } from "./ui/challenge.ts";
import { enrolUi } from "./ui/enrol.ts";
import { magicUi } from "./ui/magic.ts";
import { settingsUi } from "./ui/settings.ts";
import { worldState } from "./world-state.ts";

export type { AuthsignalOptions } from "./options.ts";

/** Such as `POST` and `/v1/users/:userId/actions/:action`. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
}

export interface AuthsignalStandIn {
  /** `http://127.0.0.1:PORT`: the server API is at `/v1/…` and, alike, at `/…`. */
  readonly url: string;
  /** `http://authsignal.localhost:PORT`: the pages, for browsers. */
  readonly publicUrl: string;
  /** Every endpoint, as method and path pattern, so that a test can prove something of each. */
  readonly endpoints: readonly Endpoint[];
  /** Where authenticator events go. */
  setWebhookUrl(url: string): void;
  /** Where batches of log events go. */
  setLogWebhookUrl(url: string): void;
  /** Switches this fault on and every other one off. */
  setFault(fault: Fault | undefined): void;
  /** Makes a new secret key current; the one before stays active. Returns the new one. */
  rotateSecretKey(next?: string): string;
  setClockShift(shiftMs: number): void;
  /** Ends at once, requests that hang included. */
  close(): Promise<void>;
}

/** Starts the stand-in on 127.0.0.1. Rejects with the `listen` error when the port is taken. */
export async function startAuthsignal(options: AuthsignalOptions): Promise<AuthsignalStandIn> {
  if (options.secretKey === "" || options.previousSecretKey === "") {
    throw new TypeError("secretKey and previousSecretKey must not be empty");
  }
  let port = 0;
  const context = createContext(options, () => port);
  const state = worldState(context);
  const persistence =
    options.stateFolder === undefined ? undefined : new Persistence(options.stateFolder, state);
  persistence?.restore();

  const app = compose(context, state, () => persistence?.touch());
  const server = createAdaptorServer({ fetch: app.fetch });
  const qrSocket = attachQrSocket(server, context);
  const listener = new Listener(server);
  context.faults.refuseFor = (durationMs) => {
    qrSocket.dropConnections();
    listener.refuseFor(durationMs);
  };
  port = await listener.listen(options.port);
  for (const fault of options.faults ?? []) {
    if (fault.kind === "refuse") {
      context.faults.add(fault);
    }
  }

  return {
    url: `http://127.0.0.1:${port}`,
    publicUrl: context.publicUrl(),
    endpoints: app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => ({ method, path })),
    setWebhookUrl(url) {
      context.webhooks.behaviour.url = url;
    },
    setLogWebhookUrl(url) {
      context.webhooks.behaviour.logUrl = url;
    },
    setFault(fault) {
      context.faults.set(fault === undefined ? [] : [fault]);
    },
    rotateSecretKey: (next) => context.keys.rotate(next),
    setClockShift(shiftMs) {
      context.clock.shiftMs = shiftMs;
    },
    async close() {
      qrSocket.dropConnections();
      await listener.close();
      // Before the webhooks end: what waits for a retry is written down too.
      await persistence?.close();
      context.webhooks.close();
    },
  };
}

function compose(
  context: Context,
  state: { reset(): void },
  onChange: () => void,
): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  // Any request may change something; what did not is not written again.
  app.use(async function noticeChange(_c, next) {
    await next();
    onChange();
  });
  const api = serverApi(context);
  const management = managementApi(context);
  const client = clientApi(context);
  for (const base of ["/v1", "/"]) {
    app.route(base, api);
    app.route(base, management);
    app.route(base, client);
  }
  app.use("/control/*", refuseCrossSite);
  app.use("/dashboard/*", refuseCrossSite);
  for (const part of [
    challengeUi(context),
    enrolUi(context),
    settingsUi(context),
    magicUi(context),
    phonePages(context),
    phoneControl(context),
    dashboard(context),
    control(context, state),
    assets(),
  ]) {
    app.route("/", part);
  }
  app.notFound(notFoundAnswer);
  app.onError(() => apiError(500, "internal_server_error", "Something went wrong."));
  return app;
}
