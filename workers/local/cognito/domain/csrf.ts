import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const COOKIE = "XSRF-TOKEN";
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token for a form. One that the browser has is kept, so that two open tabs both work. */
export function csrfTokenFor(c: Context): string {
  const known = getCookie(c, COOKIE);
  const token = known !== undefined && TOKEN.test(known) ? known : randomBytes(32).toString("base64url");
  setCookie(c, COOKIE, token, { path: "/", httpOnly: true, sameSite: "Lax" });
  return token;
}

/** Whether a submission carries the token of the browser it comes from. */
export function isFromOurForm(c: Context, fields: URLSearchParams): boolean {
  const cookie = getCookie(c, COOKIE);
  return cookie !== undefined && fields.get("_csrf") === cookie;
}
