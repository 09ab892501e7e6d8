import { fail, ok, type Result } from "../http/result.ts";

/** Why a signature is not accepted. `stale` and `early` are told only of a signature that is right but for its time. */
export type SignatureProblem = "malformed" | "mismatch" | "stale" | "early";

/** How far the signed time may be from now, either way (security.md a). */
const TOLERANCE_SECONDS = 300;
const MAX_HEADER_CHARACTERS = 1024;
/** One `t`, one `v2` for each active key, and room for schemes to come. */
const MAX_PARTS = 8;
const PART = /^([a-z][a-z0-9]{0,7})=([\x21-\x2b\x2d-\x7e]{1,128})$/;
/** No leading zero and no sign: the text that is signed has one spelling only. */
const TIME_SECONDS = /^[1-9][0-9]{0,11}$/;
/** 32 bytes in base64 without padding. The last character carries four bits; others than these would spell it twice. */
const SIGNATURE = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };

/** Makes the keys of `verifySignature` from Authsignal's API secrets: the current one, and one that is being replaced. */
export function importSigningKeys(secrets: readonly string[]): Promise<CryptoKey[]> {
  return Promise.all(
    secrets.map((secret) =>
      crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC_SHA256, false, ["verify"]),
    ),
  );
}

/** Whether a header could be a signature at all: what is not is refused before anything of the body is read. */
export function isSignatureShaped(header: string | null): boolean {
  return parseHeader(header) !== undefined;
}

/**
 * Verifies `X-Signature-V2` over the raw bytes of a delivery (authsignal.md 3.6), in constant time, against every key.
 * Accepts nothing that Authsignal's own SDK refuses; is stricter about spelling and about times in the future.
 *
 * @param options.nowSeconds with its fraction: rounding it down would accept what the SDK finds too old.
 */
export async function verifySignature(options: {
  readonly header: string | null;
  readonly body: Uint8Array;
  readonly keys: readonly CryptoKey[];
  readonly nowSeconds: number;
}): Promise<Result<void, SignatureProblem>> {
  const parsed = parseHeader(options.header);
  if (parsed === undefined) {
    return fail("malformed");
  }
  const prefix = new TextEncoder().encode(`${parsed.time}.`);
  const message = new Uint8Array(prefix.byteLength + options.body.byteLength);
  message.set(prefix);
  message.set(options.body, prefix.byteLength);
  // Every pair is tried, so that the time taken does not tell which key or signature matched.
  const matches = await Promise.all(
    options.keys.flatMap((key) =>
      parsed.signatures.map((signature) => crypto.subtle.verify("HMAC", key, signature, message)),
    ),
  );
  if (!matches.includes(true)) {
    return fail("mismatch");
  }
  const ageSeconds = options.nowSeconds - Number(parsed.time);
  if (ageSeconds > TOLERANCE_SECONDS) {
    return fail("stale");
  }
  return ageSeconds < -TOLERANCE_SECONDS ? fail("early") : ok(undefined);
}

interface SignatureHeader {
  /** As text: exactly what was signed. */
  readonly time: string;
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
}

/** Parts of unknown schemes are ignored; anything else that is not exactly as promised is refused. */
function parseHeader(header: string | null): SignatureHeader | undefined {
  if (header === null || header.length > MAX_HEADER_CHARACTERS) {
    return undefined;
  }
  const parts = header.split(",").map((text) => PART.exec(text));
  if (parts.length > MAX_PARTS || parts.includes(null)) {
    return undefined;
  }
  const valuesOf = (name: string) =>
    parts.filter((part) => part?.[1] === name).map((part) => part?.[2] ?? "");
  const [time, ...furtherTimes] = valuesOf("t");
  const signatures = valuesOf("v2");
  const isWhole =
    time !== undefined &&
    TIME_SECONDS.test(time) &&
    furtherTimes.length === 0 &&
    signatures.length > 0 &&
    signatures.every((text) => SIGNATURE.test(text));
  return isWhole ? { time, signatures: signatures.map(decodeBase64) } : undefined;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
