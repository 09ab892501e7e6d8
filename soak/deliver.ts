import { createHmac } from "node:crypto";
import { breakOff } from "./break-off.ts";
import { mishaps } from "./mishaps.ts";
import type { PlannedDelivery, PlannedEvent } from "./plan.ts";

const TENANT_ID = "soak";
const SOURCE = "https://authsignal.com";
const RETRY_MS = 250;
const TIMEOUT_MS = 10_000;

/**
 * How a delivery fails on its way: cut in the middle, cut after its end and before its answer, or half of it under the
 * signature of the whole. It is sent again like any that failed.
 */
export type DeliveryWay = "torn" | "unheard" | "halved";

const DELIVERY_MISHAPS = [{ every: 50, ways: ["torn", "unheard", "halved"] }] as const;

/** How to reach the webhook Worker. */
export interface Receiver {
  readonly url: () => string;
  readonly secret: string;
  /** Whether the next try fails on its way, and how. */
  readonly mishap: () => DeliveryWay | undefined;
}

/** What happens to deliveries on their way: to one in about fifty something. */
export function deliveryMishaps(random: () => number): Receiver["mishap"] {
  return mishaps<DeliveryWay>(DELIVERY_MISHAPS, random);
}

/**
 * Delivers until it is accepted, as Authsignal does for longer than it does; each try is signed anew.
 *
 * @returns the number of tries that failed.
 */
export async function deliver(delivery: PlannedDelivery, receiver: Receiver): Promise<number> {
  const body = JSON.stringify(bodyOf(delivery));
  for (let failures = 0; ; failures += 1) {
    if (await isAccepted(body, receiver)) {
      return failures;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
}

async function isAccepted(body: string, { url, secret, mishap }: Receiver): Promise<boolean> {
  const t = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", secret).update(`${t}.${body}`).digest("base64").replace("=", "");
  const headers = { "Content-Type": "application/json", "X-Signature-V2": `t=${t},v2=${mac}` };
  const way = mishap();
  const half = body.length / 2;
  if (way === "torn" || way === "unheard") {
    await breakOff(url(), headers, body, way === "torn" ? half : body.length);
    return false;
  }
  try {
    const answer = await fetch(url(), {
      method: "POST",
      headers,
      body: way === "halved" ? body.slice(0, half) : body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false; // restarting, or gone in the middle
  }
}

/** authsignal.md 6.1: one event, or a batch of log records. */
function bodyOf(delivery: PlannedDelivery): object {
  const [first] = delivery;
  if (first !== undefined && first.kind !== "log") {
    const verificationMethod = first.kind === "passkey" ? "PASSKEY" : "EMAIL_OTP";
    return {
      ...about(first, "authenticator.deleted"),
      data: { userId: first.sub, userAuthenticatorId: first.id, verificationMethod },
    };
  }
  return {
    records: delivery.map((event) => ({
      ...about(event, "challenge.log_created"),
      record: {
        userId: event.sub,
        actionCode: "transfer",
        idempotencyKey: event.id,
        type: "EMAIL_OTP_FAILED",
      },
    })),
  };
}

function about({ id, atMs }: PlannedEvent, type: string) {
  return { version: 1, id, source: SOURCE, tenantId: TENANT_ID, time: new Date(atMs).toISOString(), type };
}
