import { build } from "esbuild";
import { serveWorker } from "../workerd.ts";
import type { Peer } from "./peer.ts";

/** hono's own proxy and JWK helpers, on the same workerd as the gateway. */
export const HONO: Peer = {
  name: "hono proxy and jwk, workerd",
  verifies: true,
  remark: "verifies each time; keys given, not fetched",
  async start({ originUrl, jwks, issuer, clientId, folder }) {
    const { outputFiles } = await build({
      entryPoints: [new URL("hono-worker.ts", import.meta.url).pathname],
      bundle: true,
      format: "esm",
      target: "esnext",
      write: false,
    });
    return serveWorker(
      {
        name: "hono",
        script: outputFiles[0]?.text ?? "",
        settings: { ORIGIN: originUrl, JWKS: jwks, ISSUER: issuer, CLIENT_ID: clientId },
        hasBindings: false,
      },
      folder,
    );
  },
};
