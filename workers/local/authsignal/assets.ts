import { Hono } from "hono";
import { LIVE_SCRIPT } from "./dashboard/live.js.ts";
import { CHALLENGE_SCRIPT } from "./ui/challenge.js.ts";
import { ICON_SVG, STYLE_CSS } from "./style.css.ts";

/** The few files that pages load. */
export function assets(): Hono {
  const app = new Hono();
  app.get("/assets/style.css", () => asset(STYLE_CSS, "text/css; charset=utf-8"));
  app.get("/assets/icon.svg", () => asset(ICON_SVG, "image/svg+xml"));
  app.get("/assets/challenge.js", () => asset(CHALLENGE_SCRIPT, "text/javascript; charset=utf-8"));
  app.get("/assets/live.js", () => asset(LIVE_SCRIPT, "text/javascript; charset=utf-8"));
  return app;
}

function asset(text: string, contentType: string): Response {
  return new Response(text, {
    headers: {
      "content-type": contentType,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    },
  });
}
