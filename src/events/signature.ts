import { fail, ok, type Result } from "../http/result.ts";

/** Why a signature is not accepted. `stale` and `early` are told only of a signature that is right but for its time. */
export type SignatureProblem = "malformed" | "mismatch" | "stale" | "early";

/** How far the signed time may be from now, either way (security.md a). */
const TOLERANCE_SECONDS = 300;
const MAX_HEADER_CHARACTERS = 1024;
/** One `t`, one `v2` for each active key, and room for schemes to come. */
const MAX_PARTS = 8;
const PART = /^[a-z][a-z0-9]{0,7}=[\x21-\x2b\x2d-\x7e]{1,128}$/;
/** No leading zero and no sign: the text that is signed has one spelling only. */
const TIME_SECONDS = /^[1-9][0-9]{0,11}$/;
/** 32 bytes in base64 without padding. The last character carries four bits; others than these would spell it twice. */
const SIGNATURE = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

const DOT = ".".charCodeAt(0);

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };

/** Makes the keys of `verifySignature` from Authsignal's API secrets: the current one, and one that is being replaced. */
export function importSigningKeys(secrets: readonly string[]): Promise<CryptoKey[]> {
  return Promise.all(
    secrets.map((secret) =>
      crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC_SHA256, false, ["verify"]),
    ),
  );
}

/** A header that could be a signature. */
export interface SignatureHeader {
  /** As text: exactly what was signed. */
  readonly time: string;
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * Verifies `X-Signature-V2` over the raw bytes of a delivery (authsignal.md 3.6), in constant time, against every key.
 * Accepts nothing that Authsignal's own SDK refuses; is stricter about spelling and about times in the future.
 *
 * @param options.header what `readSignature` made of it.
 * @param options.nowSeconds with its fraction: rounding it down would accept what the SDK finds too old.
 */
export async function verifySignature(options: {
  readonly header: SignatureHeader;
  readonly body: Uint8Array;
  readonly keys: readonly CryptoKey[];
  readonly nowSeconds: number;
}): Promise<Result<void, Exclude<SignatureProblem, "malformed">>> {
  const { header, body, keys, nowSeconds } = options;
  const message = signedBytes(header.time, body);
  // Every pair is tried, so that the time taken does not tell which key or signature matched.
  const tries = keys.flatMap((key) =>
    header.signatures.map((signature) => crypto.subtle.verify("HMAC", key, signature, message)),
  );
  const [only] = tries;
  const isRight =
    only !== undefined && tries.length === 1 ? await only : (await Promise.all(tries)).includes(true);
  if (!isRight) {
    return fail("mismatch");
  }
  const problem = timeProblem(header, nowSeconds);
  return problem === undefined ? ok(undefined) : fail(problem);
}

/** What is wrong with the time that a header says, whoever made it; nothing within five minutes. */
export function timeProblem({ time }: SignatureHeader, nowSeconds: number): "stale" | "early" | undefined {
  const ageSeconds = nowSeconds - Number(time);
  if (ageSeconds > TOLERANCE_SECONDS) {
    return "stale";
  }
  return ageSeconds < -TOLERANCE_SECONDS ? "early" : undefined;
}

/** `TIME.BODY`; the time is digits, one byte each. */
function signedBytes(time: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(time.length + 1 + body.byteLength);
  for (let index = 0; index < time.length; index += 1) {
    message[index] = time.charCodeAt(index);
  }
  message[time.length] = DOT;
  message.set(body, time.length + 1);
  return message;
}

/**
 * Reads a header, `undefined` when it cannot be a signature: then nothing of the body is read. Parts of unknown schemes
 * are ignored; anything else that is not exactly as promised is refused.
 */
export function readSignature(header: string | null): SignatureHeader | undefined {
  if (header === null || header.length > MAX_HEADER_CHARACTERS) {
    return undefined;
  }
  const parts = header.split(",");
  if (parts.length > MAX_PARTS) {
    return undefined;
  }
  let time: string | undefined;
  const signatures: string[] = [];
  for (const part of parts) {
    if (!PART.test(part)) {
      return undefined;
    }
    if (part.startsWith("t=")) {
      if (time !== undefined) {
        return undefined;
      }
      time = part.slice(2);
    } else if (part.startsWith("v2=")) {
      signatures.push(part.slice(3));
    }
  }
  if (time === undefined || !TIME_SECONDS.test(time) || signatures.length === 0) {
    return undefined;
  }
  return signatures.every((text) => SIGNATURE.test(text))
    ? { time, signatures: signatures.map(decodeBase64) }
    : undefined;
}

/** By a plain loop: `Uint8Array.from` makes an object for every character. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = characters.charCodeAt(index);
  }
  return bytes;
}
