import type { Challenge } from "./api.ts";

/** Also read by the gateway's own pages, which go back to `page`: src/http/assets.ts. */
const KEY = "sallyport";

interface Parked {
  /** Path, query and fragment of the page that was left. */
  readonly page: string;
  readonly challenge: Challenge;
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The bytes, as base64. */
  readonly body: string | null;
}

/**
 * Keeps a request in this tab while the page is away.
 *
 * @throws when it does not fit: browsers keep five megabytes or so.
 */
export async function park(request: Request, challenge: Challenge): Promise<void> {
  const { url, method, headers } = request;
  const parked: Parked = {
    page: location.pathname + location.search + location.hash,
    challenge,
    url,
    method,
    headers: [...headers],
    body: request.body === null ? null : base64Of(await request.bytes()),
  };
  sessionStorage.setItem(KEY, JSON.stringify(parked));
}

/** Takes what was kept, once. */
export function unpark(): { readonly challenge: Challenge; readonly request: Request } | undefined {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (text === null) {
    return undefined;
  }
  // Only `park` writes it, and only pages of this origin can.
  const { challenge, url, method, headers, body } = JSON.parse(text) as Parked;
  const request = new Request(url, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: body === null ? null : Uint8Array.from(atob(body), (character) => character.charCodeAt(0)),
  });
  return { challenge, request };
}

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text);
}
