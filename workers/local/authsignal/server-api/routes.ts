import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Context } from "../context.ts";
import { withFaults } from "../faults.ts";
import { actionsApi } from "./actions.ts";
import { requireSecretKey } from "./authentication.ts";
import { authenticatorsApi } from "./authenticators.ts";
import { trackApi } from "./track.ts";
import { usersApi } from "./users.ts";
import { validateApi } from "./validate.ts";

/** The server API (reference section 2), to be mounted at its base path. */
export function serverApi(context: Context): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  for (const path of ["/users", "/users/*", "/validate"]) {
    api.use(path, withFaults(context.faults), requireSecretKey(context.secretKeys));
  }
  for (const part of [usersApi, authenticatorsApi, trackApi, actionsApi, validateApi]) {
    api.route("/", part(context));
  }
  return api;
}
