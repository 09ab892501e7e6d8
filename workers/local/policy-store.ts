import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { listen } from "./bank/listen.ts";
import type { PolicyStore } from "./miniflare.ts";

/** KV takes up to 25 MiB; a policy is never that large. */
const BODY_LIMIT_BYTES = 1024 * 1024;
const KEYS = new Set(["policy", "policy-shadow"]);

/** The running door to the local world's policies. */
export interface RunningPolicyStore {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Opens the KV namespace of the local world for `sallyport policy push --local`: `GET`, `PUT` and `DELETE` of `/policy`
 * and `/policy-shadow`. As in KV, anything is taken: what is bad the gateway does not use. No page of any site can
 * change it: browsers ask before they send `PUT` or `DELETE` elsewhere, and are not answered.
 */
export async function startPolicyStore(options: {
  readonly port: number;
  readonly policies: PolicyStore;
}): Promise<RunningPolicyStore> {
  const { policies } = options;
  const app = new Hono();
  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES }));
  app.use("/:key", async (c, next) => {
    if (!KEYS.has(c.req.param("key")) || c.req.header("origin") !== undefined) {
      return c.text("There is nothing here.", 404);
    }
    return next();
  });
  app.get("/:key", async (c) => {
    const text = await policies.get(c.req.param("key"));
    return text === null ? c.text("None was pushed.", 404) : c.text(text);
  });
  app.put("/:key", async (c) => {
    await policies.put(c.req.param("key"), await c.req.text());
    return c.body(null, 204);
  });
  app.delete("/:key", async (c) => {
    await policies.delete(c.req.param("key"));
    return c.body(null, 204);
  });
  const answer = getRequestListener(app.fetch);
  const { port, close } = await listen(options.port, (incoming, outgoing) => {
    void answer(incoming, outgoing);
  });
  return { url: `http://127.0.0.1:${port}`, close };
}
