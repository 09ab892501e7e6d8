import { createHmac } from "node:crypto";
import type { PlannedDelivery, PlannedEvent } from "./plan.ts";

const TENANT_ID = "soak";
const SOURCE = "https://authsignal.com";
/** Some deliveries break off in the middle, as connections do; they are sent again like any other failure. */
const SHARE_BROKEN = 0.01;
const RETRY_MS = 250;
const TIMEOUT_MS = 10_000;

/** How to reach the webhook Worker. */
export interface Receiver {
  readonly url: () => string;
  readonly secret: string;
  readonly random: () => number;
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

async function isAccepted(body: string, { url, secret, random }: Receiver): Promise<boolean> {
  const t = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", secret).update(`${t}.${body}`).digest("base64").replace("=", "");
  const isBroken = random() < SHARE_BROKEN;
  try {
    const answer = await fetch(url(), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Signature-V2": `t=${t},v2=${mac}` },
      body: isBroken ? body.slice(0, body.length / 2) : body, // half a body has no right signature
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
  if (first?.kind === "deleted") {
    return {
      ...about(first, "authenticator.deleted"),
      data: { userId: first.sub, userAuthenticatorId: first.id, verificationMethod: "EMAIL_OTP" },
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
