import { EventId } from "../../src/events/event.ts";
import type { Brake } from "../../src/events/brake.ts";
import type { CaughtUp } from "../../src/events/catch-up.ts";
import type { DeadLetterOffice } from "../../src/events/dead-letters.ts";
import { problem } from "../../src/http/problem.ts";
import {
  ADMINISTRATOR_CODES,
  administratorOf,
  type Administrator,
  type AdministratorPorts,
  type AdministratorProblem,
} from "../../src/identity/administrator.ts";
import { parseSub } from "../../src/identity/principal.ts";
import { unavailable } from "./receive.ts";
import type { Receiver } from "./receiver.ts";

/** Where dead letters are seen and dealt with. */
export const ADMIN_PATH = "/admin/events";

/** Where a run of the catch-up job is asked for. */
export const CATCH_UP_PATH = "/admin/catch-up";

/** A page's `next`, which is nobody's to understand: small enough to be a number here. */
const CURSOR = /^[0-9]{1,15}$/;

export interface AdminContext {
  readonly catchUp: () => Promise<CaughtUp | "off" | "no-policy">;
  readonly administrators: AdministratorPorts;
  readonly brake: Pick<Brake, "refused">;
  readonly office: DeadLetterOffice;
  /** The queue of events; a message may be one that no version understands. */
  readonly queue: { send(message: unknown): Promise<unknown> };
  readonly record: Receiver["record"];
}

/**
 * The admin endpoint: `GET /admin/events`, `DELETE /admin/events?user={sub}`, `GET` and `DELETE /admin/events/{id}`, `POST /admin/events/{id}/replay`,
 * `POST /admin/catch-up`.
 * Nothing is said to whoever is no administrator, not even whether a letter exists.
 */
export async function administer(request: Request, context: AdminContext): Promise<Response> {
  const requestId = crypto.randomUUID();
  const administrator = await administratorOf(request.headers, context.administrators);
  if (!administrator.ok) {
    return refuse(administrator.error, requestId, context);
  }
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === CATCH_UP_PATH) {
    if (request.method !== "POST") {
      return notAllowed("POST", requestId);
    }
    const caughtUp = await context.catchUp();
    switch (caughtUp) {
      case "off":
        return problem({ code: "not_found", requestId });
      case "no-policy":
        return unavailable("misconfigured", requestId);
      default:
        return answer(caughtUp);
    }
  }
  const [given = "", verb, ...rest] = pathname.slice(ADMIN_PATH.length + 1).split("/");
  if (given === "" && verb === undefined) {
    switch (request.method) {
      case "GET":
        return list(searchParams.get("after") ?? "0", requestId, context);
      case "DELETE":
        return forget(searchParams.get("user"), nameOf(administrator.value), requestId, context);
      default:
        return notAllowed("GET, DELETE", requestId);
    }
  }
  const id = EventId.safeParse(decoded(given)).data;
  if (id === undefined || rest.length > 0 || (verb !== undefined && verb !== "replay")) {
    return problem({ code: "not_found", requestId });
  }
  const by = nameOf(administrator.value);
  if (verb === "replay") {
    return request.method === "POST" ? replay(id, by, requestId, context) : notAllowed("POST", requestId);
  }
  switch (request.method) {
    case "GET": {
      const letter = await context.office.find(id);
      return letter === undefined ? problem({ code: "not_found", requestId }) : answer(letter);
    }
    case "DELETE":
      return drop(id, by, requestId, context);
    default:
      return notAllowed("GET, DELETE", requestId);
  }
}

/** Recorded as long as somebody could read it: anybody can ask. */
function refuse({ reason }: AdministratorProblem, requestId: string, context: AdminContext): Response {
  const code = ADMINISTRATOR_CODES[reason];
  const isMissing = code === "administrator_required";
  const { flood, record } = context.brake.refused();
  if (record) {
    const what = flood ? "refused, and too many more to record" : reason;
    context.record({ event: "refused", requestId, reason: `admin: ${what}` });
  }
  return problem({ code, requestId, ...(isMissing ? { headers: { "WWW-Authenticate": "Bearer" } } : {}) });
}

async function list(after: string, requestId: string, { office }: AdminContext): Promise<Response> {
  if (!CURSOR.test(after)) {
    return problem({ code: "invalid_request", requestId });
  }
  const [{ letters, next }, unknownTypes] = await Promise.all([
    office.list(Number(after)),
    office.unknownTypes(),
  ]);
  return answer({ letters, unknownTypes, ...(next === undefined ? {} : { next: String(next) }) });
}

/** Only ever of one user: what is about nobody is dropped one by one. */
async function forget(
  user: string | null,
  by: string,
  requestId: string,
  context: AdminContext,
): Promise<Response> {
  const sub = parseSub(user);
  if (sub === undefined) {
    return problem({ code: "invalid_request", requestId });
  }
  const letters = await context.office.forget(sub);
  context.record({ event: "forgotten", requestId, sub, reason: `${letters} dead letters, by ${by}` });
  return answer({ user: sub, erased: { letter: letters } });
}

/** Queued first, dropped then: between the two it is done twice at worst, and every effect is safe to repeat. */
async function replay(id: string, by: string, requestId: string, context: AdminContext): Promise<Response> {
  const letter = await context.office.find(id);
  if (letter === undefined) {
    return problem({ code: "not_found", requestId });
  }
  try {
    await context.queue.send(letter.message);
  } catch {
    context.record({ event: "event_refused", requestId, reason: `${id} not replayed: not_durable` });
    return unavailable("not_durable", requestId);
  }
  await context.office.drop(id);
  context.record({ event: "event_received", requestId, reason: `${id} replayed by ${by}` });
  return answer({ id, replayed: true });
}

async function drop(id: string, by: string, requestId: string, context: AdminContext): Promise<Response> {
  if (!(await context.office.drop(id))) {
    return problem({ code: "not_found", requestId });
  }
  context.record({ event: "event_refused", requestId, reason: `${id} dropped by ${by}` });
  return answer({ id, dropped: true });
}

function answer(body: object): Response {
  return Response.json(body, { headers: { "Cache-Control": "no-store" } });
}

function notAllowed(allow: string, requestId: string): Response {
  return problem({ code: "method_not_allowed", requestId, headers: { Allow: allow } });
}

function nameOf(administrator: Administrator): string {
  return administrator.by === "user" ? administrator.principal.sub : `service key (${administrator.slot})`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
