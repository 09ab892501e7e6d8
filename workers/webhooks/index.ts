import { recordToConsole } from "../../src/audit/record.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import { ROSTER_NAMES } from "../../src/ledger/roster-port.ts";
import { pathOf } from "../../src/http/path-of.ts";
import { problem } from "../../src/http/problem.ts";
import type { DeadLetterOffice } from "../../src/events/dead-letters.ts";
import type { Nobody } from "../../src/events/react.ts";
import { administer, ADMIN_PATH, CATCH_UP_PATH } from "./admin.ts";
import { bury, DEAD_LETTER_QUEUE } from "./bury.ts";
import { runCatchUp, type CatchUpContext } from "./catch-up.ts";
import { parseConfig } from "./config.ts";
import { consume } from "./consume.ts";
import type { WebhooksEnv } from "./env.ts";
import { burialRetrySeconds, misconfiguredRetrySeconds, putOff } from "./patience.ts";
import { holdBack, receive, unavailable } from "./receive.ts";
import { composeReceiver, type Receiver } from "./receiver.ts";

export { EventOffice } from "../../src/events/office.ts";

/** What a cold isolate found: a receiver, or nothing that could tell a true event from a forged one. */
let receiver: Receiver | undefined;

export default {
  fetch(request, env, ctx) {
    return (receiver && holdBack(request, receiver)) ?? answer(request, env, ctx);
  },

  async scheduled(_controller, env, ctx) {
    receiver ??= await compose(env);
    if (receiver !== undefined) {
      await runCatchUp(
        receiver,
        catchUpContextOf(env, (work) => ctx.waitUntil(work)),
      );
    }
  },

  async queue(batch, env, ctx) {
    const isDead = batch.queue === DEAD_LETTER_QUEUE;
    receiver ??= await compose(env);
    if (receiver === undefined) {
      putOff(batch.messages, isDead ? burialRetrySeconds : misconfiguredRetrySeconds);
      return;
    }
    if (isDead) {
      await bury(batch, receiver, officeOf(env));
      return;
    }
    await consume(batch, receiver, {
      ledgerOf: ledgersOf(env),
      queue: env.EVENTS,
      office: officeOf(env),
      later: (work) => ctx.waitUntil(work),
    });
  },
} satisfies ExportedHandler<WebhooksEnv>;

async function answer(request: Request, env: WebhooksEnv, ctx: ExecutionContext): Promise<Response> {
  try {
    receiver ??= await compose(env);
    if (receiver === undefined) {
      return unavailable("misconfigured", crypto.randomUUID());
    }
    const composed = receiver;
    const later = (work: Promise<unknown>) => ctx.waitUntil(work);
    if (isAdministration(request)) {
      return await administer(request, {
        administrators: receiver.administrators(ledgersOf(env)),
        brake: receiver.adminBrake,
        office: officeOf(env),
        queue: env.EVENTS,
        catchUp: () => runCatchUp(composed, catchUpContextOf(env, later)),
        record: receiver.record,
      });
    }
    return await receive(request, receiver, {
      ledgerOf: ledgersOf(env),
      queue: env.EVENTS,
      office: officeOf(env),
      later,
    });
  } catch (error) {
    const requestId = crypto.randomUUID();
    recordToConsole({ event: "bug", requestId, reason: error instanceof Error ? error.name : "unknown" });
    return problem({ code: "internal", requestId });
  }
}

async function compose(env: WebhooksEnv): Promise<Receiver | undefined> {
  const config = parseConfig(env);
  if (!config.ok) {
    for (const { setting, fix } of config.error) {
      recordToConsole({ event: "misconfigured", requestId: "", reason: `${setting} ${fix}` });
    }
    return undefined;
  }
  return composeReceiver(config.value, env.POLICY);
}

function isAdministration({ url }: Request): boolean {
  const pathname = pathOf(url);
  return pathname === CATCH_UP_PATH || pathname === ADMIN_PATH || pathname.startsWith(`${ADMIN_PATH}/`);
}

function officeOf(env: WebhooksEnv): DeadLetterOffice & Nobody {
  return env.OFFICE.getByName("events");
}

function catchUpContextOf(env: WebhooksEnv, later: CatchUpContext["later"]): CatchUpContext {
  const rosters = ROSTER_NAMES.map((name) => env.ROSTER.getByName(name));
  return { rosters, ledgerOf: ledgersOf(env), queue: env.EVENTS, later };
}

function ledgersOf(env: WebhooksEnv): LedgerOf {
  return (sub) => env.LEDGER.getByName(sub);
}
