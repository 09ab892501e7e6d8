import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../workers/local/free-port.ts";
import { installed, startDaemon } from "./daemon.ts";
import type { Peer } from "./peer.ts";

const MODULES = "/usr/lib/apache2/modules";

/** Apache with mod_auth_openidc as an OAuth 2.0 resource server: it verifies the token itself. */
export const APACHE: Peer = {
  name: "Apache, mod_auth_openidc",
  verifies: true,
  remark: "event MPM, one process of 25 threads",
  async start({ originUrl, publicKeyPem, issuer, clientId, folder }) {
    const path = await installed(["/usr/sbin/apache2"]);
    const module = await installed([join(MODULES, "mod_auth_openidc.so")]);
    if (path === undefined || module === undefined) {
      return "not installed";
    }
    const port = await freePort();
    const key = join(folder, "key.pem");
    const config = join(folder, "apache.conf");
    await chmod(folder, 0o755); // its workers run as another user
    await writeFile(key, publicKeyPem);
    const modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "proxy", "proxy_http"]
      .concat("auth_openidc")
      .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
      .join("\n");
    await writeFile(
      config,
      `ServerRoot ${folder}
ServerName app.localhost
DefaultRuntimeDir ${folder}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${modules}
User www-data
Group www-data
StartServers 1
ServerLimit 1
ThreadsPerChild 25
MaxRequestWorkers 25
MaxKeepAliveRequests 0
KeepAliveTimeout 60
OIDCCryptoPassphrase only-for-the-bench
OIDCOAuthVerifyCertFiles bench-key-1#${key}
OIDCOAuthRemoteUserClaim sub
<Location />
  AuthType oauth20
  <RequireAll>
    Require claim iss:${issuer}
    Require claim client_id:${clientId}
    Require claim token_use:access
  </RequireAll>
  ProxyPass ${originUrl}/ keepalive=On
</Location>
`,
    );
    return startDaemon(path, ["-f", config, "-DFOREGROUND"], port);
  },
};
