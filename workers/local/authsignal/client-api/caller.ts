import type { Context as HonoContext, Handler } from "hono";
import type * as z from "zod";
import type { Context } from "../context.ts";
import type { TrackedAction } from "../model.ts";
import { apiError } from "../server-api/errors.ts";
import { checkBody } from "../server-api/input.ts";

/** Someone with a token of an action. */
export interface TokenCaller {
  readonly token: string;
  readonly scope: string;
  readonly action: TrackedAction;
}

type Answer = Response | Promise<Response>;

/** An endpoint for holders of a token (`Authorization: Bearer`). */
export function forToken<T>(
  context: Context,
  schema: z.ZodType<T>,
  answer: (caller: TokenCaller, body: T, c: HonoContext) => Answer,
): Handler {
  return async function answerTokenHolder(c) {
    const caller = await tokenCaller(context, c);
    if (caller instanceof Response) {
      return caller;
    }
    const body = await checkBody(c, schema);
    return body.ok ? answer(caller, body.value, c) : body.refusal;
  };
}

/** An endpoint for anyone who names the tenant (`Authorization: Basic`, without a colon; reference 1.2). */
export function forTenant<T>(
  context: Context,
  schema: z.ZodType<T>,
  answer: (body: T, c: HonoContext) => Answer,
): Handler {
  return async function answerTenant(c) {
    if (!namesTenant(context, c)) {
      return unauthorized();
    }
    const body = await checkBody(c, schema);
    return body.ok ? answer(body.value, c) : body.refusal;
  };
}

/** An endpoint for both: the caller is undefined when only the tenant is named. */
export function forAnyone<T>(
  context: Context,
  schema: z.ZodType<T>,
  answer: (caller: TokenCaller | undefined, body: T, c: HonoContext) => Answer,
): Handler {
  return async function answerAnyone(c) {
    const caller = namesTenant(context, c) ? undefined : await tokenCaller(context, c);
    if (caller instanceof Response) {
      return caller;
    }
    const body = await checkBody(c, schema);
    return body.ok ? answer(caller, body.value, c) : body.refusal;
  };
}

/** Reads a client token: the action it is for, or the documented refusal. */
export async function readToken(
  { tokens, store }: Context,
  token: string,
): Promise<TokenCaller | "expired" | undefined> {
  const reading = await tokens.read(token);
  if (reading.kind === "unknown") {
    return undefined;
  }
  const action = store.action(reading.action);
  if (action === undefined) {
    return undefined;
  }
  return reading.kind === "expired" ? "expired" : { token, scope: reading.scope, action };
}

async function tokenCaller(context: Context, c: HonoContext): Promise<TokenCaller | Response> {
  const token = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const caller = token === undefined ? undefined : await readToken(context, token);
  if (caller === "expired") {
    return apiError(401, "expired_token", "The token has expired.");
  }
  return caller ?? unauthorized();
}

function namesTenant({ tenantId }: Context, c: HonoContext): boolean {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  return (
    encoded !== undefined && Buffer.from(encoded, "base64").toString("utf8") === encodeURIComponent(tenantId)
  );
}

function unauthorized(): Response {
  return apiError(
    401,
    "unauthorized",
    "The request is unauthorized. Check that the token or tenant ID and the region base URL are correct.",
  );
}
