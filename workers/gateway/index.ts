import { recordToConsole } from "../../src/audit/record.ts";
import { ClientGone } from "../../src/http/body.ts";
import { makeReadable } from "../../src/http/cors.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import { parseConfig } from "./config.ts";
import { refuse } from "./exchange.ts";
import { isOriginAnswer } from "./forwarding.ts";
import { composeGateway, type Gateway } from "./gateway.ts";
import { handle } from "./handle.ts";

export { Ledger } from "../../src/ledger/object.ts";
export { Roster } from "../../src/ledger/roster.ts";
export { SignInLimiter } from "../../src/sign-in/limiter.ts";

/** What a cold isolate found: a gateway, or nothing that can be trusted to decide. */
let gateway: Gateway | undefined;

export default {
  async fetch(request, env, ctx) {
    try {
      gateway ??= await compose(env);
      if (gateway === undefined) {
        return refuse(request, crypto.randomUUID(), "misconfigured");
      }
      const answer = await handle(request, gateway, {
        ledgerOf: ledgersOf(env),
        limiterOf: (name) => env.SIGN_IN_LIMITER.getByName(name),
        later: (work) => ctx.waitUntil(work),
        whenClientLeaves: (left) => request.signal.addEventListener("abort", left),
      });
      return readable(answer, request, gateway);
    } catch (error) {
      const answer =
        error instanceof ClientGone
          ? refuse(request, crypto.randomUUID(), "client_gone")
          : refuseBug(request, error);
      return readable(answer, request, gateway);
    }
  },
} satisfies ExportedHandler<Env>;

async function compose(env: Env): Promise<Gateway | undefined> {
  const config = parseConfig(env);
  if (!config.ok) {
    for (const { setting, fix } of config.error) {
      recordToConsole({ event: "misconfigured", requestId: "", reason: `${setting} ${fix}` });
    }
    return undefined;
  }
  const service = originService(env);
  if (config.value.origin.isService && service === undefined) {
    recordToConsole({
      event: "misconfigured",
      requestId: "",
      reason: "ORIGIN_URL is service: but there is no service binding ORIGIN",
    });
    return undefined;
  }
  try {
    return await composeGateway(config.value, env.POLICY, service);
  } catch {
    recordToConsole({
      event: "misconfigured",
      requestId: "",
      reason: "ASSERTION_KEY or ASSERTION_KEY_PREVIOUS is not a usable EC P-256 key",
    });
    return undefined;
  }
}

/** Answers that the gateway made can be read by the pages that the configuration names; the app's are its own. */
function readable(answer: Response, request: Request, composed: Gateway | undefined): Response {
  const origins = composed?.config.corsOrigins;
  return origins === undefined || origins.size === 0 || isOriginAnswer(answer)
    ? answer
    : makeReadable(answer, request, origins);
}

/** The optional service binding: it is not in wrangler.toml, where it would have to name a Worker. */
function originService(env: object): Fetcher | undefined {
  const bound = "ORIGIN" in env ? env.ORIGIN : undefined;
  // A binding of this name is documented to be a service.
  return typeof bound === "object" && bound !== null ? (bound as Fetcher) : undefined;
}

function ledgersOf(env: Env): LedgerOf {
  return (sub) => env.LEDGER.getByName(sub);
}

/** Closed when unsure: a storage failure or a bug refuses. Of the error its kind and place are recorded, not its words. */
function refuseBug(request: Request, error: unknown): Response {
  const requestId = crypto.randomUUID();
  const place = error instanceof Error ? error.stack?.split("\n").slice(1, 4).join(" ").trim() : undefined;
  recordToConsole({
    event: "bug",
    requestId,
    reason: `${error instanceof Error ? error.name : "unknown"} ${place ?? ""}`,
  });
  return refuse(request, requestId, isStorageFailure(error) ? "ledger_unavailable" : "internal");
}

/** The runtime marks what a Durable Object threw (a statement that failed), and its own failures: overloaded, unreachable, reset. */
function isStorageFailure(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    ("remote" in error || "retryable" in error || "overloaded" in error || "durableObjectReset" in error)
  );
}
