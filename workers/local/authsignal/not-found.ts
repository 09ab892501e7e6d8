import { html } from "hono/html";
import type { Context as HonoContext } from "hono";
import { unknownRoute } from "./server-api/errors.ts";
import { card } from "./ui/layout.ts";

/** A page for people, the gateway's JSON for programs. */
export function notFoundAnswer(c: HonoContext): Response | Promise<Response> {
  const isForPeople =
    c.req.header("accept")?.includes("text/html") === true && !c.req.path.startsWith("/v1/");
  return isForPeople
    ? card({
        title: "There is no such page",
        status: 404,
        content: html`<p><a href="/">Open the dashboard</a></p>`,
      })
    : unknownRoute();
}
