import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Context } from "../context.ts";
import { withFaults } from "../faults.ts";
import { actionsApi } from "./actions.ts";
import { admission } from "./admission.ts";
import { requireSecretKey } from "./authentication.ts";
import { authenticatorsApi } from "./authenticators.ts";
import { challengesApi } from "./challenges.ts";
import { devicesApi } from "./devices.ts";
import { importsApi } from "./imports.ts";
import { sessionKeysApi, sessionsApi } from "./sessions.ts";
import { trackApi } from "./track.ts";
import { usersApi } from "./users.ts";
import { validateApi } from "./validate.ts";

/** Behind the secret key, whatever the method. */
const GUARDED_PATHS = [
  "/users",
  "/users/*",
  "/authenticators",
  "/validate",
  "/verify",
  "/claim",
  "/challenges",
  "/sessions",
  "/sessions/*",
];

/** The server API (reference section 2), to be mounted at its base path. */
export function serverApi(context: Context): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  const guards = [
    withFaults(context.faults),
    admission(context),
    requireSecretKey(context.secretKeys, [context.managementSecretKey]),
  ] as const;
  for (const path of GUARDED_PATHS) {
    api.use(path, ...guards);
  }
  // The page of a challenge has the same path, by GET.
  api.on("POST", "/challenge", ...guards);
  api.use(`/client/public/${context.tenantId}/.well-known/*`, withFaults(context.faults));
  for (const part of [
    // Before users: a POST to `/users/authenticators` is about no user of that name.
    importsApi,
    usersApi,
    authenticatorsApi,
    devicesApi,
    trackApi,
    actionsApi,
    validateApi,
    challengesApi,
    sessionsApi,
    sessionKeysApi,
  ]) {
    api.route("/", part(context));
  }
  return api;
}
