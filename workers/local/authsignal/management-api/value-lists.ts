import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { ValueList } from "../tenant.ts";
import { apiError, invalidRequest, notFound } from "../server-api/errors.ts";
import { checkBody } from "../server-api/input.ts";

const MAX_LISTS = 500;
const MAX_ITEMS = 10_000;

const itemsSchema = z.array(z.union([z.string(), z.number()])).max(MAX_ITEMS);
const createSchema = z.strictObject({
  name: z.string().min(1).max(256),
  itemType: z.enum(["string", "number"]).default("string"),
  valueListItems: itemsSchema.default([]),
  isActive: z.boolean().default(true),
});
const patchSchema = z.strictObject({
  name: z.string().min(1).max(256).optional(),
  valueListItems: itemsSchema.optional(),
  isActive: z.boolean().optional(),
});

/** Lists that conditions refer to (reference 7.3). The alias is made of the name and stays. */
export function valueListsApi({ tenant }: Context): Hono {
  const api = new Hono();
  const { valueLists } = tenant;

  api.get("/value-lists", (c) => c.json([...valueLists.values()]));

  api.post("/value-lists", async (c) => {
    const body = await checkBody(c, createSchema);
    if (!body.ok) {
      return body.refusal;
    }
    if (valueLists.size >= MAX_LISTS) {
      return invalidRequest(`There are ${MAX_LISTS} value lists already.`);
    }
    const list = { alias: aliasOf(body.value.name), ...body.value };
    if (valueLists.has(list.alias)) {
      return apiError(409, "already_exists", "A value list with this alias exists.");
    }
    return store(list) ? c.json(list) : wrongItems(list);
  });

  api.get("/value-lists/:alias", (c) => {
    const list = valueLists.get(c.req.param("alias"));
    return list === undefined ? unknown() : c.json(list);
  });

  api.patch("/value-lists/:alias", async (c) => {
    const list = valueLists.get(c.req.param("alias"));
    if (list === undefined) {
      return unknown();
    }
    const body = await checkBody(c, patchSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { name = list.name, valueListItems = list.valueListItems, isActive = list.isActive } = body.value;
    const changed = { ...list, name, valueListItems, isActive };
    return store(changed) ? c.json(changed) : wrongItems(changed);
  });

  api.delete("/value-lists/:alias", (c) =>
    valueLists.delete(c.req.param("alias")) ? c.json({ success: true }) : unknown(),
  );

  return api;

  /** Takes a list whose items are all of its type. */
  function store(list: ValueList): boolean {
    const isGood = list.valueListItems.every((item) => typeof item === list.itemType);
    if (isGood) {
      valueLists.set(list.alias, list);
    }
    return isGood;
  }
}

function aliasOf(name: string): string {
  const alias = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 64);
  return alias === "" ? "list" : alias;
}

const unknown = (): Response => notFound("The value list does not exist.");
const wrongItems = ({ itemType }: ValueList): Response =>
  invalidRequest(`valueListItems: Every item must be a ${itemType}.`);
