import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { buildWorker } from "../workers/local/build.ts";
import { startChild } from "./child.ts";
import { startGenerator, type Generator } from "./generator.ts";
import { CLIENT_ID, ISSUER, makeIdentities, type Identities } from "./identities.ts";
import { PUBLIC_HOST } from "./request.ts";
import { serveWorker, type WorkerSource, type Workerd } from "./workerd.ts";

/** Everything that a measurement needs, running. */
export interface BenchWorld {
  readonly bare: Workerd;
  readonly gateway: Workerd;
  readonly generator: Generator;
  readonly identities: Identities;
  /** A folder for more configurations; it goes when the world stops. */
  readonly folder: string;
  readonly gatewaySource: WorkerSource;
  readonly originUrl: string;
  stop(): Promise<void>;
}

/**
 * Builds the gateway and starts both Workers on `workerd serve`, the origin, the pool's keys and the load generator.
 *
 * @throws with the words of whichever part did not start; what had started is stopped again.
 */
export async function startBenchWorld(): Promise<BenchWorld> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
  const stops: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  async function stop() {
    await Promise.all(stops.toReversed().map((one) => one()));
  }
  try {
    const origin = startChild("./origin.ts");
    stops.push(() => origin.stop());
    // origin.ts says its port first.
    const { port: originPort } = (await origin.receive()) as { port: number };
    const originUrl = `http://127.0.0.1:${originPort}`;
    const sessionSecret = randomBytes(32).toString("hex");
    const identities = await makeIdentities(sessionSecret, Math.floor(Date.now() / 1000));
    const keys = await serveKeys(identities.jwks);
    stops.push(keys.stop);
    const { path } = await buildWorker("wrangler.toml", "gateway");
    const gatewaySource: WorkerSource = {
      name: "gateway",
      script: await readFile(path, "utf8"),
      settings: await gatewaySettings(originUrl, keys.url, sessionSecret),
      hasBindings: true,
    };
    const bare = await serveWorker(bareSource(originUrl), folder);
    stops.push(() => bare.stop());
    const gateway = await serveWorker(gatewaySource, folder);
    stops.push(() => gateway.stop());
    const generator = startGenerator();
    stops.push(() => generator.stop());
    return { bare, gateway, generator, identities, folder, gatewaySource, originUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The least that a Worker in front of an origin can do. The incoming request hands on its `redirect: "manual"`. */
function bareSource(originUrl: string): WorkerSource {
  return {
    name: "bare",
    script: `const ORIGIN = ${JSON.stringify(originUrl)};
export default {
  fetch(request) {
    const { url } = request;
    return fetch(new Request(ORIGIN + url.slice(url.indexOf("/", 8)), request));
  },
};
`,
    settings: {},
    hasBindings: false,
  };
}

async function gatewaySettings(
  originUrl: string,
  jwksUrl: string,
  sessionSecret: string,
): Promise<Record<string, string>> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return {
    PUBLIC_ORIGINS: `http://${PUBLIC_HOST}`,
    ORIGIN_URL: originUrl,
    COGNITO_ISSUER: ISSUER,
    COGNITO_JWKS_URL: jwksUrl,
    COGNITO_CLIENT_ID: CLIENT_ID,
    COGNITO_DOMAIN: "https://login.example.com",
    AUTHSIGNAL_URL: "https://authsignal.invalid/v1",
    AUTHSIGNAL_SECRET: randomBytes(32).toString("hex"),
    SESSION_SECRET: sessionSecret,
    ASSERTION_KEY: JSON.stringify(await exportJWK(privateKey)),
  };
}

async function serveKeys(document: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).end(document);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
