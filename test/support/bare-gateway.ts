import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { buildWorker, ROOT } from "../../workers/local/build.ts";
import { freePort } from "../../workers/local/free-port.ts";
import { accessClaims, CLIENT_ID, startIssuer, type Issuer } from "./forged-tokens.ts";
import { startOrigin, type Origin } from "./origin.ts";
import { startScriptedAuthsignal, type ScriptedAuthsignal } from "./scripted-authsignal.ts";

/**
 * The gateway on a socket of its own: the local world's front normalises targets before the gateway sees them, and
 * production's may or may not. Around it an issuer, an Authsignal and an origin that tests control.
 */
export interface BareGateway {
  readonly url: string;
  readonly issuer: Issuer;
  readonly authsignal: ScriptedAuthsignal;
  readonly origin: Origin;
  /** An access token of a user. */
  readonly token: string;
  close(): Promise<void>;
}

/** Starts the gateway with `edge-policy.json`. */
export async function startBareGateway(): Promise<BareGateway> {
  const [issuer, authsignal, origin, bundle, policy, port] = await Promise.all([
    startIssuer(),
    startScriptedAuthsignal(),
    startOrigin(),
    buildWorker("wrangler.toml", "gateway"),
    readFile(join(ROOT, "test/support/edge-policy.json"), "utf8"),
    freePort(),
  ]);
  const url = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      log: new Log(LogLevel.NONE),
      logRequests: false,
      handleStructuredLogs: () => undefined,
      workers: [
        {
          name: "gateway",
          modules: true,
          scriptPath: bundle.path,
          compatibilityDate: "2026-10-27",
          compatibilityFlags: ["enable_request_signal"],
          durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
          kvNamespaces: ["POLICY"],
          unsafeDirectSockets: [{ host: "127.0.0.1", port }],
          bindings: {
            PUBLIC_ORIGINS: url,
            ORIGIN_URL: origin.url,
            COGNITO_ISSUER: issuer.issuer,
            COGNITO_JWKS_URL: issuer.jwksUrl,
            COGNITO_CLIENT_ID: CLIENT_ID,
            COGNITO_DOMAIN: "https://login.example.com",
            AUTHSIGNAL_URL: authsignal.apiUrl,
            AUTHSIGNAL_SECRET: "bare-secret",
            SESSION_SECRET: randomBytes(32).toString("hex"),
            ASSERTION_KEY: JSON.stringify(privateKey.export({ format: "jwk" })),
          },
        },
      ],
    }),
  );
  await miniflare.ready;
  // Miniflare types this by the Workers' own KVNamespace, which the Node side of the repository does not know.
  const policies = (await miniflare.getKVNamespace("POLICY")) as unknown as {
    put(key: string, text: string): Promise<void>;
  };
  await policies.put("policy", policy);
  return {
    url,
    issuer,
    authsignal,
    origin,
    token: await issuer.sign(accessClaims(issuer.issuer)),
    async close() {
      await miniflare.dispose();
      await Promise.all([issuer.close(), authsignal.close(), origin.close()]);
    },
  };
}
