import { base64url } from "jose";

/** What exactly is being approved, by whom is a column of its own in the ledger. */
export interface Bound {
  readonly action: string;
  readonly method: string;
  /** Path and query as forwarded. */
  readonly target: string;
  readonly contentType: string | null;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The headers that the decision was made from, by name. */
  readonly headers?: readonly (readonly [string, string])[];
}

/**
 * The binding of a request: a SHA-256 digest that any change of action, method, target, content type, body or header that decided changes
 * (design decision 7; PSD2 dynamic linking, security.md section e). Fields are JSON-quoted, so none can spill into the next.
 */
export async function bindingOf(bound: Bound): Promise<string> {
  const body = await sha256(bound.body);
  const fields = JSON.stringify([
    "sallyport-binding-1",
    bound.action,
    bound.method,
    bound.target,
    bound.contentType,
    body,
    ...(bound.headers ?? []),
  ]);
  return sha256(new Uint8Array(new TextEncoder().encode(fields)));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
