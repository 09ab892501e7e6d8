import { enqueue, type EventQueue } from "../../src/events/enqueue.ts";
import { reactAtOnce, type ReactPorts } from "../../src/events/react.ts";
import { readDelivery, type Delivery } from "../../src/events/schema.ts";
import { verifySignature } from "../../src/events/signature.ts";
import { readBounded } from "../../src/http/body.ts";
import { atMost } from "./at-most.ts";
import type { ErrorCode } from "../../src/http/codes.ts";
import { problem } from "../../src/http/problem.ts";
import { fail, ok, type Result } from "../../src/http/result.ts";
import { readJson } from "../../src/policy/json.ts";
import type { Policy } from "../../src/policy/parse.ts";
import type { Receiver } from "./receiver.ts";

/** Where Authsignal is told to deliver. */
export const WEBHOOK_PATH = "/webhooks/authsignal";
/** A batch of 500 log records is about 400 kB (security.md a). */
const MAX_BODY_BYTES = 1_048_576;
/** The queue does it anyway: a ledger that hangs must not make Authsignal give up on the delivery. */
const AT_ONCE_MS = 1_000;

/** What belongs to one request. */
export interface ReceiveContext {
  readonly ledgerOf: ReactPorts["ledgerOf"];
  readonly queue: EventQueue;
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
  const requestId = crypto.randomUUID();
  const { pathname } = new URL(request.url);
  if (pathname === "/health" && (request.method === "GET" || request.method === "HEAD")) {
    return Response.json({ status: "ok" }, { headers: { "Cache-Control": "no-store" } });
  }
  if (pathname !== WEBHOOK_PATH) {
    return problem({ code: "not_found", requestId });
  }
  const delivery = await accept(request, receiver);
  if (!delivery.ok) {
    const { code, reason } = delivery.error;
    receiver.record({ event: "event_refused", requestId, reason: reason ?? code });
    return problem({
      code,
      requestId,
      ...(code === "method_not_allowed" ? { headers: { Allow: "POST" } } : {}),
    });
  }
  const policy = await receiver.policies.current(context.later);
  if (policy === undefined) {
    return unavailable("misconfigured", requestId);
  }
  recordDelivery(delivery.value, requestId, receiver);
  await applyAtOnce(delivery.value, policy, receiver, context);
  try {
    await enqueue(delivery.value.events, context.queue);
  } catch {
    receiver.record({ event: "event_refused", requestId, reason: "not_durable" });
    return unavailable("not_durable", requestId);
  }
  return Response.json({ received: true }, { headers: { "Cache-Control": "no-store" } });
}

/** An answer that makes Authsignal deliver again. */
export function unavailable(code: "misconfigured" | "not_durable", requestId: string): Response {
  return problem({ code, requestId, headers: { "Retry-After": "30" } });
}

interface Refusal {
  readonly code: ErrorCode;
  /** For the record only. */
  readonly reason?: string;
}

/** The checks, cheap ones first; nothing of a body is interpreted before its signature is right. */
async function accept(request: Request, receiver: Receiver): Promise<Result<Delivery, Refusal>> {
  if (request.method !== "POST") {
    return fail({ code: "method_not_allowed" });
  }
  if (mediaTypeOf(request) !== "application/json") {
    return fail({ code: "unsupported_content_type" });
  }
  const body = await readBounded(request, MAX_BODY_BYTES);
  if (body === undefined) {
    return fail({ code: "body_too_large" });
  }
  const signature = await verifySignature({
    header: request.headers.get("x-signature-v2"),
    body,
    keys: receiver.signingKeys,
    nowSeconds: receiver.nowMs() / 1000,
  });
  if (!signature.ok) {
    return fail({ code: "signature_refused", reason: `signature ${signature.error}` });
  }
  const value = parseBody(body);
  const delivery = value === undefined ? fail("refused" as const) : await readDelivery(value, receiver.rules);
  return delivery.ok ? ok(delivery.value) : fail({ code: "event_refused" });
}

function mediaTypeOf(request: Request): string | undefined {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
}

/** `undefined` when the bytes are not UTF-8 or not strict JSON; a byte order mark is neither. */
function parseBody(body: Uint8Array): unknown {
  try {
    const json = readJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
    return json.ok ? json.value : undefined;
  } catch {
    return undefined;
  }
}

/** A revocation does not wait for the queue. What fails or takes too long here is done by the queue's consumer. */
async function applyAtOnce(
  delivery: Delivery,
  policy: Policy,
  receiver: Receiver,
  context: ReceiveContext,
): Promise<void> {
  const { ledgerOf } = context;
  // `reactAtOnce` never rejects.
  const work = reactAtOnce(delivery.events, policy.document.reactions, { ledgerOf, record: receiver.record });
  context.later(work);
  await atMost(work, AT_ONCE_MS);
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
