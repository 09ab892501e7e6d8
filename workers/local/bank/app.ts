import { type Context, Hono } from "hono";
import { type Account, openAccount } from "./accounts.ts";
import { readBody } from "./body.ts";
import { callerOf, isSameSite } from "./caller.ts";
import { toPounds } from "./money.ts";
import { onError } from "./on-error.ts";
import { homePage } from "./pages/home.ts";
import { type BankEnv, refuse } from "./refuse.ts";
import type { RequestLog } from "./request-log.ts";
import { payeeRoutes } from "./routes/payees.ts";
import { settingsRoutes } from "./routes/settings.ts";
import { transferRoutes } from "./routes/transfers.ts";
import { BANK_CSS, HARBOUR_SVG } from "./style.ts";

const SECURITY_HEADERS = {
  "Content-Security-Policy":
    "default-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
};

/** The bank as an application: who asks comes from the proxy's headers, accounts live in memory. */
export function createBankApp(log: RequestLog, now: () => number): Hono<BankEnv> {
  const accounts = new Map<string, Account>();
  const app = new Hono<BankEnv>();

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      c.header(name, value);
    }
    c.header("Cache-Control", "no-store");
    await next();
  });

  app.get("/_log", (c) => (isDirect(c) ? c.json(log.entries()) : c.notFound()));
  app.delete("/_log", (c) => {
    if (!isDirect(c)) {
      return c.notFound();
    }
    log.clear();
    return c.body(null, 204);
  });

  app.use(async (c, next) => {
    const body = await readBody(c.req.raw.body, (chunk) => log.bodyArrived(c.env.incoming, chunk));
    if (body === undefined) {
      c.header("Connection", "close");
      return refuse(c, 413, "Too large", "We cannot take a request of this size.");
    }
    c.set("body", body);
    return next();
  });

  app.get("/healthz", (c) => c.text("ok"));
  app.get("/assets/bank.css", (c) => asset(c, BANK_CSS, "text/css; charset=utf-8"));
  app.get("/assets/harbour.svg", (c) => asset(c, HARBOUR_SVG, "image/svg+xml"));

  app.use(async (c, next) => {
    const caller = callerOf(c);
    if (caller === undefined) {
      return refuse(c, 401, "Please sign in", "We do not know who you are. Sign in and come back.");
    }
    let account = accounts.get(caller.id);
    if (account === undefined) {
      account = openAccount(caller.username, caller.email, now());
      accounts.set(caller.id, account);
    }
    c.set("account", account);
    if (c.req.method !== "GET" && c.req.method !== "HEAD" && !isSameSite(c)) {
      return refuse(c, 403, "Not accepted", "This request did not come from one of our pages.");
    }
    return next();
  });

  app.get("/", (c) => c.html(homePage(c.var.account)));
  app.get("/api/balance", (c) => c.json({ balance: toPounds(c.var.account.balancePence), currency: "GBP" }));
  app.route("/", transferRoutes(now));
  app.route("/", payeeRoutes());
  app.route("/", settingsRoutes());

  app.onError(onError);
  app.notFound((c) => refuse(c, 404, "Page not found", "There is nothing at this address."));
  return app;
}

function asset(c: Context, body: string, type: string): Response {
  return c.body(body, 200, { "Content-Type": type, "Cache-Control": "public, max-age=300" });
}

/** The log is for whoever runs the bank: a request that came through a proxy does not see it. */
function isDirect(c: Context): boolean {
  return !Object.keys(c.req.header()).some((name) => name.startsWith("x-forwarded-"));
}
