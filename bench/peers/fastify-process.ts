import jwt from "@fastify/jwt";
import proxy from "@fastify/http-proxy";
import fastify from "fastify";
import type { PeerSetting } from "./peer.ts";

async function serve({ originUrl, publicKeyPem, issuer, clientId }: PeerSetting): Promise<number> {
  const app = fastify();
  await app.register(jwt, {
    secret: { public: publicKeyPem },
    verify: { algorithms: ["RS256"], allowedIss: issuer, cache: true },
  });
  await app.register(proxy, {
    upstream: originUrl,
    async preHandler(request, reply) {
      const claims = await request.jwtVerify<{ client_id?: unknown; token_use?: unknown }>();
      if (claims.client_id !== clientId || claims.token_use !== "access") {
        await reply.code(401).send();
        return reply;
      }
      return undefined;
    },
  });
  // fastify answers with the whole address.
  return Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
}

/** As a process of its own (child.ts): gets its setting, then tells its port. */
if (process.send !== undefined && import.meta.main) {
  process.once("disconnect", () => process.exit());
  // Only fastify.ts speaks to this process.
  process.once("message", (setting: PeerSetting) => {
    void serve(setting).then((port) => process.send?.({ port, pid: process.pid }));
  });
}
