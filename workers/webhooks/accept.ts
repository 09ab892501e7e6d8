import { readDeliveryBody, type BodyProblem } from "../../src/events/body.ts";
import { readDelivery, type Delivery } from "../../src/events/schema.ts";
import { isSignatureShaped, verifySignature, type SignatureProblem } from "../../src/events/signature.ts";
import type { ErrorCode } from "../../src/http/codes.ts";
import { fail, ok, type Result } from "../../src/http/result.ts";
import { readJson } from "../../src/policy/json.ts";
import type { Receiver } from "./receiver.ts";

/** Why a delivery is refused: what the sender is told, and for the record what was wrong; nothing when there is too much. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly reason?: string;
}

const BODY_CODES: Readonly<Record<BodyProblem, ErrorCode>> = {
  too_large: "body_too_large",
  no_room: "too_many_deliveries",
  too_slow: "body_too_slow",
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
    return fail({ code: "method_not_allowed", reason: "method_not_allowed" });
  }
  if (mediaTypeOf(request) !== "application/json") {
    return fail({ code: "unsupported_content_type", reason: "unsupported_content_type" });
  }
  const header = request.headers.get("x-signature-v2");
  if (!isSignatureShaped(header)) {
    return forged("malformed", receiver);
  }
  const body = await readDeliveryBody(request, receiver.brake);
  if (!body.ok) {
    const code = BODY_CODES[body.error];
    return fail({ code, reason: code });
  }
  const signature = await verifySignature({
    header,
    body: body.value,
    keys: receiver.signingKeys,
    nowSeconds: receiver.nowMs() / 1000,
  });
  if (!signature.ok) {
    if (signature.error === "stale" || signature.error === "early") {
      later(alertOfTime(signature.error, receiver));
      return fail({ code: "signature_refused", reason: `signature ${signature.error}` });
    }
    return forged(signature.error, receiver);
  }
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

/** The body of a refused request is not read: the connection ends with the answer. */
function forged(problem: SignatureProblem, { brake }: Receiver): Result<never, Refusal> {
  const { flood, record } = brake.forged();
  const code = flood ? "too_many_deliveries" : "signature_refused";
  const reason = flood ? "signature refused, and too many more to record" : `signature ${problem}`;
  return fail(record ? { code, reason } : { code });
}

/** Right but for its time: it may be our clock, and then every event is refused. */
async function alertOfTime(problem: "stale" | "early", receiver: Receiver): Promise<void> {
  if (receiver.sendAlert === undefined || !receiver.brake.mayAlertOfTime()) {
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
      receiver.record({ event: "alert_failed", requestId: id, reason });
    });
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
