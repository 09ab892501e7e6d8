import { createHmac } from "node:crypto";

/** One try to deliver something. */
export interface DeliveryTry {
  readonly at: string;
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly error?: string;
  /** The beginning of what was answered. */
  readonly answer?: string;
}

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly signature: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly at: string;
}

const MAX_ANSWER_CHARACTERS = 500;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Posts one signed body. Never throws: what goes wrong is part of the answer. */
export async function postSigned({
  url,
  body,
  signature,
  timeoutMs,
  signal,
  at,
}: Post): Promise<DeliveryTry> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-signature-v2": signature },
      body,
      // A redirect is a failure: following one would carry the event to a place nobody configured.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const answer = await beginningOf(response);
    return { at, status: response.status, ...(answer === "" ? {} : { answer }) };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { at, error: timedOut ? `no answer within ${timeoutMs / 1000} s` : "no connection" };
  }
}

/** Whether the receiver took it. */
export function isAccepted({ status }: DeliveryTry): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** `X-Signature-V2`: the time and one HMAC per active key, base64 without padding (reference 3.6). */
export function signatureHeader(secretKeys: readonly string[], tSeconds: number, body: string): string {
  const signatures = secretKeys.map((key) =>
    createHmac("sha256", key).update(`${tSeconds}.${body}`).digest("base64").replace(/=+$/, ""),
  );
  return [`t=${tSeconds}`, ...signatures.map((signature) => `v2=${signature}`)].join(",");
}

/** A receiver may answer without end; only so much of it is read. */
async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    text += text.length < MAX_ANSWER_CHARACTERS ? decoder.decode(chunk, { stream: true }) : "";
    if (bytes > MAX_ANSWER_BYTES) {
      // Leaving the loop ends the connection.
      break;
    }
  }
  return text.slice(0, MAX_ANSWER_CHARACTERS);
}
