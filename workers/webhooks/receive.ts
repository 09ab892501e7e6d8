import type { EventQueue } from "../../src/events/enqueue.ts";
import type { DeadLetterOffice } from "../../src/events/dead-letters.ts";
import type { ReactingLedger } from "../../src/events/react.ts";
import type { Delivery } from "../../src/events/schema.ts";
import { accept, type Refusal } from "./accept.ts";
import type { ErrorCode } from "../../src/http/codes.ts";
import { pathOf } from "../../src/http/path-of.ts";
import { constantProblem, problem } from "../../src/http/problem.ts";
import type { Sub } from "../../src/identity/principal.ts";
import type { Ledger } from "../../src/ledger/port.ts";
import { networkOf } from "../../src/events/senders.ts";
import type { Receiver } from "./receiver.ts";
import { applyAtOnce, isInQueue } from "./take-in.ts";
import { answerVerify } from "./verify-action.ts";

/** Where Authsignal is told to deliver. */
export const WEBHOOK_PATH = "/webhooks/authsignal";
/** The queue does it anyway: a ledger that hangs must not make Authsignal give up on the delivery. */
const AT_ONCE_MS = 1_000;

const HEADERS: Readonly<Partial<Record<ErrorCode, Readonly<Record<string, string>>>>> = {
  method_not_allowed: { Allow: "POST" },
  too_many_deliveries: { "Retry-After": "10" },
};

/** By code, made when first needed. */
const unrecorded = new Map<ErrorCode, () => Response>();

/** What belongs to one request. */
export interface ReceiveContext {
  readonly ledgerOf: (sub: Sub) => ReactingLedger & Pick<Ledger, "verifying">;
  readonly queue: EventQueue;
  readonly office: Pick<DeadLetterOffice, "countUnknown">;
  /** Work that may outlive the answer. */
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * Answers one request. A delivery is answered 200 when every event in it is in the queue and not before
 * (design decision 14). Refusals are constant: a code, and nothing of what was wrong.
 */
export async function receive(
  request: Request,
  receiver: Receiver,
  context: ReceiveContext,
): Promise<Response> {
  const pathname = pathOf(request.url);
  if (pathname === "/health" && (request.method === "GET" || request.method === "HEAD")) {
    return Response.json({ status: "ok" }, { headers: { "Cache-Control": "no-store" } });
  }
  if (pathname !== WEBHOOK_PATH) {
    return problem({ code: "not_found", requestId: crypto.randomUUID() });
  }
  const delivery = await accept(request, receiver, context.later);
  if (!delivery.ok) {
    return refuse(delivery.error, receiver);
  }
  const requestId = crypto.randomUUID();
  const { events } = delivery.value;
  recordDelivery(delivery.value, requestId, receiver);
  countUnknown(delivery.value, context);
  const [only, ...others] = events;
  if (only?.kind === "action-verify" && others.length === 0) {
    const isAccepted = await answerVerify(only, requestId, receiver, context);
    return isAccepted ? received() : problem({ code: "challenge_refused", requestId });
  }
  const policy = await receiver.policies.current(context.later);
  // Side by side: the consumer, too, goes to the ledger first, and whichever comes second finds it done. Where no policy
  // can be used, which is recorded, the queue waits for one.
  const { ledgerOf, later } = context;
  const ports = { ledgerOf, later, record: receiver.record };
  const [, isQueued] = await Promise.all([
    policy && applyAtOnce(events, policy, AT_ONCE_MS, ports),
    isInQueue(events, context.queue),
  ]);
  if (!isQueued) {
    receiver.record({ event: "event_refused", requestId, reason: "not_durable" });
    return unavailable("not_durable", requestId);
  }
  return received();
}

/**
 * The answer, in a flood, to a delivery from a network that is held; undefined to any other request. It comes before all else: each
 * object that a forgery leaves behind is cleared away while a true delivery waits.
 */
export function holdBack(request: Request, receiver: Receiver): Response | undefined {
  const { brake, senders } = receiver;
  const isHeld = brake.isFlooded() && senders.isHeld(networkOf(request.headers));
  if (!isHeld || pathOf(request.url) !== WEBHOOK_PATH) {
    return undefined;
  }
  const code = "too_many_deliveries";
  return refuse(brake.refused().record ? { code, reason: "the sender is held back" } : { code }, receiver);
}

/** What is not recorded needs no id to be found by: such answers are all the same, and cost next to nothing. */
function refuse({ code, reason }: Refusal, receiver: Receiver): Response {
  const headers = HEADERS[code];
  if (reason === undefined) {
    const answer = unrecorded.get(code) ?? constantProblem(code, headers);
    unrecorded.set(code, answer);
    return answer();
  }
  const requestId = crypto.randomUUID();
  receiver.record({ event: "event_refused", requestId, reason });
  return problem({ code, requestId, ...(headers === undefined ? {} : { headers }) });
}

function received(): Response {
  return Response.json({ received: true }, { headers: { "Cache-Control": "no-store" } });
}

/** An answer that makes Authsignal deliver again. */
export function unavailable(code: "misconfigured" | "not_durable", requestId: string): Response {
  return problem({ code, requestId, headers: { "Retry-After": "30" } });
}

/** Counted in the background: what fails to be counted is in the record. */
function countUnknown({ events }: Delivery, { office, later }: ReceiveContext): void {
  const types = events.filter(({ kind }) => kind === "unknown").map(({ type }) => type);
  if (types.length > 0) {
    later(office.countUnknown(types).catch(() => undefined));
  }
}

/** One entry for a delivery, and one for each event of a type that this version does not know. */
function recordDelivery({ events, refusedRecords }: Delivery, requestId: string, receiver: Receiver): void {
  const [only, ...others] = events;
  const isSingle = only !== undefined && others.length === 0 && refusedRecords === 0;
  receiver.record({
    event: "event_received",
    requestId,
    reason: isSingle ? `${only.type} ${only.id}` : `batch of ${events.length}, ${refusedRecords} refused`,
    ...(isSingle && only.sub !== undefined ? { sub: only.sub } : {}),
  });
  if (!isSingle) {
    for (const event of events.filter(({ kind }) => kind === "unknown")) {
      receiver.record({
        event: "event_received",
        requestId,
        reason: `unknown type ${event.type} ${event.id}`,
      });
    }
  }
}
