import { createHmac, randomBytes, randomUUID } from "node:crypto";

export const TENANT_ID = "bench";
export const WEBHOOK_PATH = "/webhooks/authsignal";

/** What an attacker may send who knows the format and not the key. */
export const FORGERIES = ["signature", "stale", "header", "replay", "large"] as const;
export type Forgery = (typeof FORGERIES)[number];

const LARGE_BYTES = 200_000;
/** Older than the five minutes that a signature holds. */
const STALE_SECONDS = 3_600;

/** A well-signed `authenticator.deleted` of this moment, as Authsignal sends it (authsignal.md 6). */
export function validDelivery(secret: string, sub: string): Buffer {
  const body = bodyOf(sub, "");
  return delivery(body, signed(body, secret, nowSeconds()), "192.0.2.1");
}

/** The address of the nth network that forgeries come from. */
export function forgersAddress(nth: number): string {
  return `2001:db8:${nth.toString(16)}::1`;
}

/**
 * One forged delivery; `replay` is a true one of an hour ago.
 *
 * @param from the address that Cloudflare would say it comes from; nobody says it where this is undefined.
 */
export function forgedDelivery(kind: Forgery, secret: string, from: string | undefined): Buffer {
  const body = bodyOf(randomUUID(), kind === "large" ? "x".repeat(LARGE_BYTES) : "");
  const guess = randomBytes(24).toString("hex");
  switch (kind) {
    case "signature":
    case "large":
      return delivery(body, signed(body, guess, nowSeconds()), from);
    case "stale":
      return delivery(body, signed(body, guess, nowSeconds() - STALE_SECONDS), from);
    case "header":
      return delivery(body, undefined, from);
    case "replay":
      return delivery(body, signed(body, secret, nowSeconds() - STALE_SECONDS), from);
  }
}

function bodyOf(sub: string, padding: string): string {
  return JSON.stringify({
    version: 1,
    id: randomUUID(),
    source: "https://authsignal.com",
    time: new Date().toISOString(),
    tenantId: TENANT_ID,
    type: "authenticator.deleted",
    data: {
      userId: sub,
      userAuthenticatorId: randomUUID(),
      verificationMethod: "EMAIL_OTP",
      createdAt: new Date().toISOString(),
      deletedAt: new Date().toISOString(),
      email: `someone@example.com${padding}`,
    },
  });
}

function signed(body: string, secret: string, tSeconds: number): string {
  const mac = createHmac("sha256", secret).update(`${tSeconds}.${body}`).digest("base64");
  return `t=${tSeconds},v2=${mac.replace("=", "")}`;
}

function delivery(body: string, signature: string | undefined, from: string | undefined): Buffer {
  const lines = [
    `POST ${WEBHOOK_PATH} HTTP/1.1`,
    "Host: hooks.example.com",
    "Content-Type: application/json",
    "User-Agent: axios/1.8.4",
    "Accept: application/json, text/plain, */*",
    ...(from === undefined ? [] : [`CF-Connecting-IP: ${from}`]),
    ...(signature === undefined ? [] : [`X-Signature-V2: ${signature}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
