import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../workers/local/free-port.ts";
import { installed, startDaemon } from "./daemon.ts";
import type { Peer } from "./peer.ts";

/** nginx as a plain proxy: the open version has nothing that verifies a JWT. */
export const NGINX: Peer = {
  name: "nginx, plain proxy",
  verifies: false,
  remark: "cannot verify a token: it lets a tampered one through",
  async start({ originUrl, folder }) {
    const path = await installed(["/usr/sbin/nginx", "/usr/local/sbin/nginx"]);
    if (path === undefined) {
      return "not installed";
    }
    const port = await freePort();
    const config = join(folder, "nginx.conf");
    const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `  ${kind}_temp_path ${join(folder, kind)};`)
      .join("\n");
    await writeFile(
      config,
      `daemon off;
worker_processes 1;
pid ${join(folder, "nginx.pid")};
error_log stderr error;
events { worker_connections 1024; }
http {
${places}
  access_log off;
  keepalive_requests 100000000;
  upstream app { server ${new URL(originUrl).host}; keepalive 32; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`,
    );
    return startDaemon(path, ["-c", config, "-e", "stderr"], port);
  },
};
