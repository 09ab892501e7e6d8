import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { bodyLimit } from "hono/body-limit";
import { onError } from "../bank/on-error.ts";
import { ALERTS_CSS, alertsPage } from "./page.ts";

const KEPT_ALERTS = 500;
const BODY_LIMIT_BYTES = 1024 * 1024;

/** One alert as it came, and when. */
export interface ReceivedAlert {
  readonly receivedAt: string;
  readonly body: unknown;
}

/** The alerts sink as an application: it takes any JSON and shows the last 500, newest first. */
export function createAlertsApp(now: () => number): Hono {
  let alerts: ReceivedAlert[] = [];
  const app = new Hono();

  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (c) => c.json({ error: "too_large" }, 413) }));

  app.post("/alerts", async (c) => {
    let body: unknown;
    try {
      body = await c.req.json();
    } catch {
      return c.json({ error: "not_json" }, 400);
    }
    alerts = [{ receivedAt: new Date(now()).toISOString(), body }, ...alerts].slice(0, KEPT_ALERTS);
    return c.body(null, 204);
  });

  app.get("/alerts", (c) => {
    const type = accepts(c, {
      header: "Accept",
      supports: ["application/json", "text/html"],
      default: "application/json",
    });
    c.header("Cache-Control", "no-store");
    c.header("Vary", "Accept");
    c.header("X-Content-Type-Options", "nosniff");
    if (type !== "text/html") {
      return c.json(alerts);
    }
    c.header(
      "Content-Security-Policy",
      "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    );
    return c.html(alertsPage(alerts));
  });

  app.delete("/alerts", (c) => {
    alerts = [];
    return c.body(null, 204);
  });

  app.get("/alerts.css", (c) => c.body(ALERTS_CSS, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get("/", (c) => c.redirect("/alerts"));
  app.onError(onError);

  return app;
}
