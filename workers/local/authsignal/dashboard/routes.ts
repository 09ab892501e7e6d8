import { Hono } from "hono";
import type { Context } from "../context.ts";
import { actionPages } from "./action.ts";
import { activityPages } from "./activity.ts";
import { faultsPages } from "./faults.ts";
import { inboxPages } from "./inbox.ts";
import { rulesPages } from "./rules.ts";
import { usersPages } from "./users.ts";
import { webhooksPages } from "./webhooks.ts";

/** The pages of the analyst. */
export function dashboard(context: Context): Hono {
  const pages = new Hono();
  for (const part of [
    activityPages,
    actionPages,
    rulesPages,
    usersPages,
    inboxPages,
    webhooksPages,
    faultsPages,
  ]) {
    pages.route("/", part(context));
  }
  return pages;
}
