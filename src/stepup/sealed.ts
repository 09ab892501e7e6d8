import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import type { Keyring } from "../http/keyring.ts";
import type { Sub } from "../identity/principal.ts";
import type { ChallengeId } from "../ledger/port.ts";

/** A request that waits for its challenge: what the browser would have sent, for the one time it is forwarded. */
export interface KeptRequest {
  readonly method: string;
  /** The public origin it came to. */
  readonly publicOrigin: string;
  /** Path and query. */
  readonly target: string;
  /** The headers that describe the body and the page it came from; the rest is the resuming browser's. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The way out to Authsignal. Its token can act for the user there, so it is stored sealed. */
export interface Way {
  readonly url: string;
  readonly token: string;
}

/** Original values that the resumed request gets back (design decision 9). */
const KEPT_HEADER = /^(?:content-.*|accept.*|origin|referer|idempotency-key)$/;

const keptHeadSchema = onFirstUse(() =>
  z.object({
    method: z.string(),
    publicOrigin: z.string(),
    target: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
  }),
);
const waySchema = onFirstUse(() => z.object({ url: z.string(), token: z.string() }));

/** Whether a header is restored on the resumed request, and so must not be taken from the browser that resumes. */
export function isKeptHeader(name: string): boolean {
  return KEPT_HEADER.test(name);
}

/** The headers of a kept request. */
export function headersOfKept({ headers }: KeptRequest): Headers {
  return new Headers(headers.map(([name, value]): [string, string] => [name, value]));
}

/** Seals a kept request for one user's one challenge: moved to another, it does not open. */
export function sealKept(keyring: Keyring, sub: Sub, id: ChallengeId, kept: KeptRequest): Promise<string> {
  const { body, ...head } = kept;
  const headBytes = new TextEncoder().encode(JSON.stringify(head));
  const payload = new Uint8Array(4 + headBytes.length + body.length);
  new DataView(payload.buffer).setUint32(0, headBytes.length);
  payload.set(headBytes, 4);
  payload.set(body, 4 + headBytes.length);
  return keyring.seal("challenge", payload, contextOf("kept", sub, id));
}

/** Opens a kept request; `undefined` when it is not this user's and challenge's, or its key is gone. */
export async function openKept(
  keyring: Keyring,
  sub: Sub,
  id: ChallengeId,
  sealed: string,
): Promise<KeptRequest | undefined> {
  const payload = await keyring.open("challenge", sealed, contextOf("kept", sub, id));
  if (payload === undefined) {
    return undefined;
  }
  const headLength = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  const head = keptHeadSchema().parse(JSON.parse(new TextDecoder().decode(payload.slice(4, 4 + headLength))));
  return { ...head, body: new Uint8Array(payload.slice(4 + headLength)) };
}

/** Seals the way out for one user's one challenge. */
export function sealWay(keyring: Keyring, sub: Sub, id: ChallengeId, way: Way): Promise<string> {
  return keyring.seal("challenge", new TextEncoder().encode(JSON.stringify(way)), contextOf("way", sub, id));
}

/** Opens the way out again. */
export async function openWay(
  keyring: Keyring,
  sub: Sub,
  id: ChallengeId,
  sealed: string,
): Promise<Way | undefined> {
  const payload = await keyring.open("challenge", sealed, contextOf("way", sub, id));
  return payload === undefined ? undefined : waySchema().parse(JSON.parse(new TextDecoder().decode(payload)));
}

function contextOf(what: string, sub: Sub, id: ChallengeId): string {
  return `${what}:${sub}:${id}`;
}
