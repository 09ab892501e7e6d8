import { createHmac } from "node:crypto";

/** One `v2` value: HMAC-SHA256 in base64 without padding (authsignal.md 3.6), made without the code under test. */
export function signatureOf(secret: string, time: number | string, body: string | Uint8Array): string {
  return createHmac("sha256", secret).update(`${time}.`).update(body).digest("base64").replace("=", "");
}

/** A whole `X-Signature-V2` header, with one signature for each secret. */
export function headerOf(secrets: readonly string[], time: number, body: string | Uint8Array): string {
  return [`t=${time}`, ...secrets.map((secret) => `v2=${signatureOf(secret, time, body)}`)].join(",");
}
