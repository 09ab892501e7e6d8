import { nominatedFields } from "./hop-by-hop.ts";
import { publicLocation } from "./location.ts";

/** What the origin's answer is an answer to. */
export interface Answered {
  readonly publicOrigin: string;
  /** The origin's own scheme and host; absent where the origin is asked under the public ones. */
  readonly internal: string | undefined;
  /** Whether the request was a known user's. */
  readonly authenticated: boolean;
}

/**
 * The origin's answer for the client: the very same object, unless it holds one of four things. A `Location` with the
 * origin's own address gets the public one; a known user's answer without a cache policy becomes `private`; fields
 * that `Connection` nominates, and `Proxy-Authenticate`, were for the gateway only.
 */
export function adjustAnswer(
  answer: Response,
  { publicOrigin, internal, authenticated }: Answered,
): Response {
  if (answer.status === 101) {
    return answer; // a copy would lose the socket
  }
  const { headers } = answer;
  const changes: (readonly [string, string | null])[] = [];
  for (const name of nominatedFields(headers)) {
    if (headers.has(name)) {
      changes.push([name, null]);
    }
  }
  if (answer.status === 407) {
    changes.push(["proxy-authenticate", null]);
  }
  const location = internal === undefined ? null : headers.get("location");
  if (location !== null && internal !== undefined) {
    const rewritten = publicLocation(location, new URL(internal), publicOrigin);
    if (rewritten !== location) {
      changes.push(["Location", rewritten]);
    }
  }
  if (authenticated && !headers.has("cache-control")) {
    changes.push(["Cache-Control", "private"]);
  }
  if (changes.length === 0) {
    return answer;
  }
  const adjusted = new Response(answer.body, answer);
  for (const [name, value] of changes) {
    if (value === null) {
      adjusted.headers.delete(name);
    } else {
      adjusted.headers.set(name, value);
    }
  }
  return adjusted;
}
