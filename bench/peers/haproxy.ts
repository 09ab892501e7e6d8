import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../workers/local/free-port.ts";
import { installed, startDaemon } from "./daemon.ts";
import type { Peer } from "./peer.ts";

/** HAProxy with its `jwt_verify` converter, one thread. */
export const HAPROXY: Peer = {
  name: "HAProxy, jwt_verify",
  verifies: true,
  remark: "one thread; verifies each time",
  async start({ originUrl, publicKeyPem, issuer, clientId, folder }) {
    const path = await installed(["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"]);
    if (path === undefined) {
      return "not installed";
    }
    const port = await freePort();
    const key = join(folder, "key.pem");
    const config = join(folder, "haproxy.cfg");
    await writeFile(key, publicKeyPem);
    await writeFile(
      config,
      `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request set-var(txn.iss) var(txn.bearer),jwt_payload_query('$.iss')
  http-request set-var(txn.client) var(txn.bearer),jwt_payload_query('$.client_id')
  http-request set-var(txn.use) var(txn.bearer),jwt_payload_query('$.token_use')
  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,"${key}") 1 }
  http-request deny deny_status 401 unless { var(txn.iss) -m str ${issuer} }
  http-request deny deny_status 401 unless { var(txn.client) -m str ${clientId} }
  http-request deny deny_status 401 unless { var(txn.use) -m str access }
  http-request deny deny_status 401 unless { var(txn.exp),sub(txn.now) -m int gt 0 }
  default_backend app
backend app
  server origin ${new URL(originUrl).host}
`,
    );
    return startDaemon(path, ["-f", config, "-db"], port);
  },
};
