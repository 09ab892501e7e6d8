import { judge } from "./judge.ts";
import type { Judgement, Refusal } from "./judgement.ts";
import type { Policy } from "./parse.ts";
import { stricter } from "./strictness.ts";
import { parseTarget, type Target } from "./target.ts";

/** The methods that write to a second place, which `Destination` names (RFC 4918 section 10.3). */
export const MOVING_METHODS = ["COPY", "MOVE"] as const;

const INVALID: Refusal = Object.freeze({ kind: "refused", reason: "invalid_target" });

/** Behind the scheme and host of an absolute URL. */
const AUTHORITY = /^https?:\/\/[^/?]*/;

/**
 * Judges a request by its path, and a `COPY` or `MOVE` also by where it leads: that needs at least what its own method
 * and a `PUT` need there. Without a `Destination` nothing else is named, and no header of another method is looked at.
 */
export function judgeWithDestination(
  policy: Policy,
  method: string,
  target: Target,
  headers: Headers,
): Judgement {
  const judgement = judge(policy, method, target, headers);
  if (method !== "MOVE" && method !== "COPY") {
    return judgement;
  }
  const named = headers.get("destination");
  if (named === null) {
    return judgement;
  }
  const destination = destinationOf(named, target.host);
  return destination === undefined
    ? stricter(judgement, INVALID)
    : [method, "PUT"].reduce(
        (strictest, as) => stricter(strictest, judge(policy, as, destination, headers)),
        judgement,
      );
}

/**
 * Where a `Destination` leads: a path, or a URL of the very host that was asked, whose path is already its WHATWG
 * serialisation, as every URI of RFC 3986 is but for an empty path and a `'` in the query. So what is judged is what
 * goes on, byte for byte. `undefined` for everything else.
 */
function destinationOf(named: string, host: string): Target | undefined {
  const isPath = named.startsWith("/") && !named.startsWith("//"); // what follows `//` could be a host
  const target = parseTarget(isPath ? `https://${host}${named}` : named);
  if (!target.ok || target.value.host !== host) {
    return undefined;
  }
  const { pathname, search } = target.value;
  return named.replace(AUTHORITY, "") === pathname + search ? target.value : undefined;
}
