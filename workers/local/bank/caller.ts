import type { Context } from "hono";

/** Who is asking, as the authenticating proxy in front of the bank says. */
export interface Caller {
  readonly id: string;
  readonly username: string;
  readonly email: string;
}

/** The caller named by `X-Forwarded-User` and its companions, or `undefined` when the proxy named none. */
export function callerOf(c: Context): Caller | undefined {
  const id = c.req.header("X-Forwarded-User")?.trim();
  if (id === undefined || id === "") {
    return undefined;
  }
  return {
    id,
    username: c.req.header("X-Forwarded-Preferred-Username") ?? "customer",
    email: c.req.header("X-Forwarded-Email") ?? "",
  };
}

/** Whether a request that changes something comes from the bank's own pages: its `Origin`, when present, names our host. */
export function isSameSite(c: Context): boolean {
  const origin = c.req.header("Origin");
  if (origin === undefined) {
    return true;
  }
  const host = c.req.header("X-Forwarded-Host") ?? c.req.header("Host");
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
