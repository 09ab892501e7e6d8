import { readDelivery, type Delivery } from "../../src/events/schema.ts";
import { networkOf } from "../../src/events/senders.ts";
import {
  readSignature,
  timeProblem,
  verifySignature,
  type SignatureProblem,
} from "../../src/events/signature.ts";
import { readArriving, type BodyProblem } from "../../src/http/arriving-body.ts";
import type { ErrorCode } from "../../src/http/codes.ts";
import { fail, ok, type Result } from "../../src/http/result.ts";
import { readJson } from "../../src/policy/json.ts";
import type { Receiver } from "./receiver.ts";

/** Why a delivery is refused: what the sender is told, and for the record what was wrong; nothing when there is too much. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly reason?: string;
}

/** A batch of 500 log records is about 400 kB (security.md a). */
const MAX_BODY_BYTES = 1_048_576;
const BODY_DEADLINE_MS = 5_000;

const BODY_CODES: Readonly<Record<BodyProblem, ErrorCode>> = {
  too_large: "body_too_large",
  no_room: "too_many_deliveries",
  too_slow: "body_too_slow",
  broken: "client_gone",
};

/**
 * The checks of a delivery, cheap ones first; nothing of a body is read before its signature could be one, and nothing
 * of it is interpreted before its signature is right.
 */
export async function accept(
  request: Request,
  receiver: Receiver,
  later: (work: Promise<unknown>) => void,
): Promise<Result<Delivery, Refusal>> {
  if (request.method !== "POST") {
    return refused("method_not_allowed", receiver);
  }
  if (!isJson(request.headers.get("content-type"))) {
    return refused("unsupported_content_type", receiver);
  }
  const network = networkOf(request.headers);
  const header = readSignature(request.headers.get("x-signature-v2"));
  if (header === undefined) {
    return forged("malformed", receiver, network);
  }
  const nowSeconds = receiver.nowMs() / 1000;
  const untimely = timeProblem(header, nowSeconds);
  if (untimely !== undefined && !receiver.brake.mayAlertOfTime()) {
    // Whether it is rightly signed matters to the alert alone, and that has been raised.
    return forged(untimely, receiver, network);
  }
  const body = await readArriving(request, {
    limitBytes: MAX_BODY_BYTES,
    deadlineMs: BODY_DEADLINE_MS,
    room: receiver.room,
  });
  if (!body.ok) {
    if (body.error === "too_large" || body.error === "too_slow") {
      receiver.senders.refused(network); // what it cost was the sender's doing, unlike a connection that broke
    }
    return refused(BODY_CODES[body.error], receiver);
  }
  const keys = receiver.signingKeys;
  const signature = await verifySignature({ header, body: body.value, keys, nowSeconds });
  if (!signature.ok) {
    const problem = signature.error;
    if (problem !== "mismatch" && receiver.brake.mayAlertOfTime()) {
      receiver.brake.alertedOfTime();
      later(alertOfTime(problem, receiver));
    }
    return forged(problem, receiver, network);
  }
  receiver.senders.proved(network);
  const value = parseBody(body.value);
  const delivery = value === undefined ? fail("refused" as const) : await readDelivery(value, receiver.rules);
  return delivery.ok
    ? ok(untilNow(delivery.value, receiver.nowMs()))
    : fail({ code: "event_refused", reason: "event_refused" });
}

/** An event that says to be of the future is of now: with a later try it would end sign-ins that come between. */
function untilNow({ events, refusedRecords }: Delivery, nowMs: number): Delivery {
  return {
    events: events.map((event) => (event.atMs > nowMs ? { ...event, atMs: nowMs } : event)),
    refusedRecords,
  };
}

/** Refused for what anybody can send: recorded as long as somebody could read it. */
function refused(code: ErrorCode, { brake }: Receiver): Result<never, Refusal> {
  return fail(brake.refused().record ? { code, reason: code } : { code });
}

/** The body of a refused request is not read: the connection ends with the answer. */
function forged(
  problem: SignatureProblem,
  { brake, senders }: Receiver,
  network: string | undefined,
): Result<never, Refusal> {
  senders.refused(network);
  const { flood, record } = brake.refused();
  const code = flood ? "too_many_deliveries" : "signature_refused";
  const reason = flood ? "signature refused, and too many more to record" : `signature ${problem}`;
  return fail(record ? { code, reason } : { code });
}

/** Right but for its time: it may be our clock, and then every event is refused. */
async function alertOfTime(problem: "stale" | "early", receiver: Receiver): Promise<void> {
  if (receiver.sendAlert === undefined) {
    return;
  }
  const nowMs = receiver.nowMs();
  const id = `signature-${problem}/${new Date(nowMs).toISOString().slice(0, 13)}`;
  const summary = `A delivery was signed rightly but is too ${problem === "stale" ? "old" : "new"}: it was sent again by somebody, or this clock is wrong. It was refused.`;
  await receiver
    .sendAlert({
      id,
      type: `signature.${problem}`,
      sub: undefined,
      reaction: "built-in",
      at: new Date(nowMs).toISOString(),
      summary,
    })
    .catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : "unknown";
      receiver.brake.alertOfTimeFailed();
      receiver.record({ event: "alert_failed", requestId: id, reason });
    });
}

function isJson(contentType: string | null): boolean {
  const isUsual = contentType === "application/json";
  return isUsual || contentType?.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
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
