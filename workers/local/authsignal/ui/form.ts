import type { Context as HonoContext } from "hono";

const MAX_FORM_BYTES = 64 * 1024;

/** The fields of an urlencoded form; the last of several with one name wins, nothing else is a form. */
export async function formFields(c: HonoContext): Promise<ReadonlyMap<string, string>> {
  const contentType = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(contentType)) {
    return new Map();
  }
  const text = await c.req.text();
  return new Map(text.length > MAX_FORM_BYTES ? [] : new URLSearchParams(text));
}

/** The parameters of the address, as fields. */
export function queryFields(c: HonoContext): ReadonlyMap<string, string> {
  return new Map(Object.entries(c.req.query()));
}
