import { Hono } from "hono";
import { type CognitoFault, faultSchema } from "./faults.ts";
import type { KeyRing } from "./keys.ts";

/** What tests and the curious do to the stand-in itself. */
export function controlRoutes(keys: KeyRing, setFault: (fault: CognitoFault | undefined) => void): Hono {
  const routes = new Hono();

  routes.post("/control/rotate-keys", async (c) => {
    await keys.rotate();
    return c.json({ kids: keys.published().map(({ kid }) => kid) });
  });

  routes.post("/control/fault", async (c) => {
    const fault = faultSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!fault.success) {
      return c.json(
        { error: fault.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) },
        400,
      );
    }
    setFault(fault.data);
    return c.body(null, 204);
  });

  routes.delete("/control/fault", (c) => {
    setFault(undefined);
    return c.body(null, 204);
  });

  return routes;
}
