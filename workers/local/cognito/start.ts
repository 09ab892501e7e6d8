import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { listen } from "../bank/listen.ts";
import { createCognitoApp } from "./app.ts";
import { controlRoutes } from "./control.ts";
import { type CognitoFault, misbehave } from "./faults.ts";
import { KeyRing } from "./keys.ts";
import type { Pool, PoolUser } from "./pool.ts";
import { Store } from "./store.ts";

const DEFAULT_TOKEN_SECONDS = 3600;

/** The user pool to stand in for. */
export interface CognitoOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly users: readonly PoolUser[];
  /** Such as `us-east-1_Sallyport1`. */
  readonly userPoolId: string;
  readonly clientId: string;
  /** Matched exactly; may be given later with `setUrls`. */
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
  readonly accessTokenSeconds?: number;
  readonly idTokenSeconds?: number;
  /** Milliseconds since the epoch; the real clock unless a test hands in its own. */
  readonly now?: () => number;
}

/** The running user pool. */
export interface CognitoStandIn {
  /** `http://127.0.0.1:PORT/<userPoolId>`, the `iss` of every token. */
  readonly issuer: string;
  readonly jwks: string;
  /** Where user pool API calls are posted. */
  readonly api: string;
  /** Managed login's endpoints, server to server. */
  readonly domain: string;
  /** The same server by the name that browsers use. */
  readonly publicDomain: string;
  setUrls(callbackUrls: readonly string[], logoutUrls: readonly string[]): void;
  /** Misbehave in this way from now on, or behave again. */
  setFault(fault: CognitoFault | undefined): void;
  close(): Promise<void>;
}

/** Starts the stand-in for a Cognito user pool. Rejects with Node's `EADDRINUSE` when the port is taken. */
export async function startCognito(options: CognitoOptions): Promise<CognitoStandIn> {
  const keys = await KeyRing.create();
  let answer: RequestListener = (_incoming, outgoing) => outgoing.writeHead(503).end();
  const { port, close } = await listen(options.port, (incoming, outgoing) => answer(incoming, outgoing));

  const domain = `http://127.0.0.1:${port}`;
  const pool: Pool = {
    userPoolId: options.userPoolId,
    clientId: options.clientId,
    users: options.users,
    callbackUrls: options.callbackUrls,
    logoutUrls: options.logoutUrls,
    accessTokenSeconds: options.accessTokenSeconds ?? DEFAULT_TOKEN_SECONDS,
    idTokenSeconds: options.idTokenSeconds ?? DEFAULT_TOKEN_SECONDS,
    issuer: `${domain}/${options.userPoolId}`,
    domain,
    publicDomain: `http://cognito.localhost:${port}`,
    keys,
    store: new Store(),
    now: options.now ?? Date.now,
  };
  let fault: CognitoFault | undefined;
  const setFault = (next: CognitoFault | undefined): void => {
    fault = next;
  };
  const app = createCognitoApp(pool).route("/", controlRoutes(keys, setFault));
  const serve = getRequestListener(app.fetch);
  answer = (incoming, outgoing) => {
    if (!misbehave(fault, incoming, outgoing)) {
      void serve(incoming, outgoing);
    }
  };

  return {
    issuer: pool.issuer,
    jwks: `${pool.issuer}/.well-known/jwks.json`,
    api: `${domain}/`,
    domain,
    publicDomain: pool.publicDomain,
    setUrls: (callbackUrls, logoutUrls) => {
      pool.callbackUrls = callbackUrls;
      pool.logoutUrls = logoutUrls;
    },
    setFault,
    close,
  };
}
