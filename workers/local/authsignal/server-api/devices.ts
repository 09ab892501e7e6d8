import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { Device } from "../history.ts";
import { notFound } from "./errors.ts";
import { check, checkBody, userIdSchema } from "./input.ts";

const patchSchema = z.strictObject({ name: z.string().optional() });

/** The devices from which a user has succeeded in challenges (reference 2.4). */
export function devicesApi({ store }: Context): Hono {
  const api = new Hono();

  api.get("/users/:userId/devices", (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    return userId.ok
      ? c.json(store.history.devicesOf(userId.value).map((device) => publicDevice(userId.value, device)))
      : userId.refusal;
  });

  api.patch("/users/:userId/devices/:deviceId", async (c) => {
    const { userId, deviceId } = c.req.param();
    const device = store.history.devicesOf(userId).find((one) => one.deviceId === deviceId);
    if (device === undefined) {
      return notFound("The device does not exist.");
    }
    const body = await checkBody(c, patchSchema);
    if (!body.ok) {
      return body.refusal;
    }
    Object.assign(device, body.value);
    return c.json(publicDevice(userId, device));
  });

  api.post("/users/:userId/devices/:deviceId/invalidate", (c) => {
    const { userId, deviceId } = c.req.param();
    const device = store.history.devicesOf(userId).find((one) => one.deviceId === deviceId);
    if (device === undefined) {
      return notFound("The device does not exist.");
    }
    // From now on it is new to the rules again.
    device.invalidatedAt ??= store.now();
    return c.json(publicDevice(userId, device));
  });

  return api;
}

function publicDevice(userId: string, device: Device): Record<string, unknown> {
  return { userId, ...device };
}
