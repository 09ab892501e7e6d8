import { randomBytes } from "node:crypto";
import { startAuthsignal } from "../workers/local/authsignal/start.ts";

/** The Authsignal stand-in in a process of its own (child.ts): says where it is, then its memory whenever asked. */
if (process.send !== undefined && import.meta.main) {
  process.once("disconnect", () => process.exit());
  const secretKey = randomBytes(24).toString("base64url");
  const beganAtMs = performance.now();
  const standIn = await startAuthsignal({ port: 0, secretKey, tenantId: "load", users: [] });
  process.on("message", () => process.send?.({ rssBytes: process.memoryUsage.rss() }));
  process.send({ url: standIn.url, secretKey, readyMs: performance.now() - beganAtMs });
}
