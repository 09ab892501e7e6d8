import { serveBundled } from "./bundled.ts";
import type { Peer } from "./peer.ts";

/** hono's own proxy and JWK helpers, on the same workerd as the gateway. */
export const HONO: Peer = {
  name: "hono proxy and jwk, workerd",
  verifies: true,
  remark: "verifies each time; keys given, not fetched",
  start: ({ originUrl, jwks, issuer, clientId, folder }) =>
    serveBundled("hono", { ORIGIN: originUrl, JWKS: jwks, ISSUER: issuer, CLIENT_ID: clientId }, folder),
};
