import { type Context, Hono } from "hono";
import * as z from "zod";
import { clientSchema } from "../clients.ts";
import { faultSchema } from "../faults.ts";
import { settingsSchema } from "../settings.ts";
import { triggerTargetsSchema } from "../triggers/targets.ts";
import { userSummary } from "../user-pool-api/admin-input.ts";
import type { Controls } from "./controls.ts";

const MAX_SHIFT_SECONDS = 20 * 365 * 24 * 3600;

const clockSchema = z.strictObject({ shiftSeconds: z.int().min(-MAX_SHIFT_SECONDS).max(MAX_SHIFT_SECONDS) });
const rotationSchema = z.strictObject({ keepOld: z.boolean().default(true) });
const settingsChanges = z.strictObject(optionalWithoutDefaults(settingsSchema.shape));
const clientChanges = z.strictObject(optionalWithoutDefaults(clientSchema.omit({ clientId: true }).shape));

/** `/control/...`: JSON in, JSON out. Bad input is a 400 with `error`, a list of what is wrong. */
export function controlApi(controls: Controls): Hono {
  const { pool, faults } = controls;
  const routes = new Hono();

  routes.post("/control/rotate-keys", (c) =>
    withBody(c, rotationSchema, async ({ keepOld }) => {
      await pool.keys.rotate(keepOld);
      return c.json({ kids: pool.keys.published().map(({ kid }) => kid) });
    }),
  );

  routes.get("/control/fault", (c) => c.json(faults.list()));
  routes.post("/control/fault", (c) =>
    withBody(c, faultSchema, (fault) => {
      faults.set(fault);
      return c.body(null, 204);
    }),
  );
  routes.delete("/control/fault", (c) => {
    faults.clear(c.req.query("endpoint"));
    return c.body(null, 204);
  });

  routes.get("/control/settings", (c) => c.json(pool.settings));
  routes.patch("/control/settings", (c) =>
    withBody(c, settingsChanges, (changes) => {
      controls.changeSettings(present(changes));
      return c.json(pool.settings);
    }),
  );

  routes.get("/control/clients", (c) => c.json([...pool.clients.values()]));
  routes.patch("/control/clients/:clientId", (c) =>
    withBody(c, clientChanges, (changes) => {
      const client = pool.clients.get(c.req.param("clientId"));
      if (client === undefined) {
        return c.json({ error: ["There is no such client."] }, 404);
      }
      controls.changeClient(client, present(changes));
      return c.json(client);
    }),
  );

  routes.get("/control/triggers", (c) => c.json(pool.triggers));
  routes.put("/control/triggers", (c) =>
    withBody(c, triggerTargetsSchema, (triggers) => {
      controls.setTriggers(present(triggers));
      return c.json(pool.triggers);
    }),
  );

  routes.get("/control/clock", (c) =>
    c.json({ shiftSeconds: controls.clockShiftSeconds(), now: new Date(pool.now()).toISOString() }),
  );
  routes.put("/control/clock", (c) =>
    withBody(c, clockSchema, ({ shiftSeconds }) => {
      controls.shiftClock(shiftSeconds);
      return c.json({ shiftSeconds });
    }),
  );

  routes.get("/control/inbox", (c) => c.json(pool.inbox.messages(c.req.query("to"))));
  routes.delete("/control/inbox", (c) => {
    pool.inbox.clear();
    return c.body(null, 204);
  });

  routes.get("/control/users", (c) =>
    c.json(
      [...pool.store.users.values()].map((user) => ({
        ...userSummary(user),
        Sub: user.sub,
        Groups: user.groups,
        Attributes: user.attributes,
      })),
    ),
  );

  routes.post("/control/reset", (c) => {
    controls.reset();
    return c.body(null, 204);
  });

  return routes;
}

async function withBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  run: (body: z.output<Schema>) => Response | Promise<Response>,
): Promise<Response> {
  const text = await c.req.text();
  const body = schema.safeParse(text === "" && schema === (rotationSchema as z.ZodType) ? {} : parsed(text));
  return body.success
    ? run(body.data)
    : c.json({ error: body.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) }, 400);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every member may be left out, and then stays what it is instead of going back to its default. */
function optionalWithoutDefaults<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): { [Name in keyof Shape]: z.ZodOptional<z.ZodType<z.output<Shape[Name]>>> } {
  return Object.fromEntries(
    Object.entries(shape).map(([name, type]) => [
      name,
      z.optional(type instanceof z.ZodDefault ? type.unwrap() : type),
    ]),
    // The loop keeps every name and its type.
  ) as { [Name in keyof Shape]: z.ZodOptional<z.ZodType<z.output<Shape[Name]>>> };
}

/** Without members that are absent, which must not overwrite anything. */
function present<Value extends object>(
  value: Value,
): { [Name in keyof Value]: Exclude<Value[Name], undefined> } {
  // Members that hold `undefined` are gone afterwards.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [Name in keyof Value]: Exclude<Value[Name], undefined>;
  };
}
