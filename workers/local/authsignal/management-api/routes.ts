import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Context } from "../context.ts";
import { withFaults } from "../faults.ts";
import { requireSecretKey } from "../server-api/authentication.ts";
import { unknownRoute } from "../server-api/errors.ts";
import { actionConfigurationsApi } from "./action-configurations.ts";
import { authenticatorConfigurationsApi } from "./authenticator-configurations.ts";
import { customDataPointsApi } from "./custom-data-points.ts";
import { rulesApi } from "./rules.ts";
import { tenantApi } from "./tenant.ts";
import { valueListsApi } from "./value-lists.ts";

/** The management API (reference 7.3), to be mounted beside the server API. It has a key of its own. */
export function managementApi(context: Context): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  api.use(
    "/management/*",
    withFaults(context.faults),
    requireSecretKey([context.managementSecretKey], context.secretKeys),
  );
  for (const part of [
    actionConfigurationsApi,
    rulesApi,
    valueListsApi,
    customDataPointsApi,
    tenantApi,
    authenticatorConfigurationsApi,
  ]) {
    api.route("/management", part(context));
  }
  api.all("/management/*", unknownRoute);
  return api;
}
