import { Hono } from "hono";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Context } from "../context.ts";
import { apiError, invalidRequest, notFound } from "../server-api/errors.ts";
import { checkBody } from "../server-api/input.ts";

const MAX_DATA_POINTS = 500;

const createSchema = z.strictObject({
  name: z.string().min(1).max(256),
  dataType: z.enum(["text", "number", "boolean", "multiselect"]),
  modelType: z.enum(["action", "user"]).default("action"),
  description: z.string().optional(),
  isPublic: z.boolean().default(false),
});

/** The named data that callers send as `custom.<name>` (reference 7.3). Nothing is refused for not being named here. */
export function customDataPointsApi({ tenant }: Context): Hono {
  const api = new Hono();
  const { customDataPoints } = tenant;

  api.get("/custom-data-points", (c) => c.json([...customDataPoints.values()]));

  api.post("/custom-data-points", async (c) => {
    const body = await checkBody(c, createSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { name, modelType } = body.value;
    if ([...customDataPoints.values()].some((one) => one.name === name && one.modelType === modelType)) {
      return apiError(409, "already_exists", "A data point with this name exists.");
    }
    if (customDataPoints.size >= MAX_DATA_POINTS) {
      return invalidRequest(`There are ${MAX_DATA_POINTS} data points already.`);
    }
    const point = { id: randomUUID(), ...body.value };
    customDataPoints.set(point.id, point);
    return c.json(point);
  });

  api.get("/custom-data-points/:id", (c) => {
    const point = customDataPoints.get(c.req.param("id"));
    return point === undefined ? unknown() : c.json(point);
  });

  api.patch("/custom-data-points/:id", async (c) => {
    const point = customDataPoints.get(c.req.param("id"));
    if (point === undefined) {
      return unknown();
    }
    const body = await checkBody(
      c,
      z.strictObject({ description: z.string().nullish(), isPublic: z.boolean().optional() }),
    );
    if (!body.ok) {
      return body.refusal;
    }
    const { description, isPublic = point.isPublic } = body.value;
    const changed = {
      ...point,
      isPublic,
      description: description === undefined ? point.description : (description ?? undefined),
    };
    customDataPoints.set(point.id, changed);
    return c.json(changed);
  });

  api.delete("/custom-data-points/:id", (c) =>
    customDataPoints.delete(c.req.param("id")) ? c.json({ success: true }) : unknown(),
  );

  return api;
}

const unknown = (): Response => notFound("The data point does not exist.");
