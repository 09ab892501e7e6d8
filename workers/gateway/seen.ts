import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { Seen } from "../../src/ledger/port.ts";
import type { Exchange } from "./exchange.ts";

/** How much of a User-Agent is remembered with a session. */
const MAX_USER_AGENT_CHARACTERS = 256;
const MAX_PLACE_CHARACTERS = 80;

/** From where and by what a request comes, for the user's list of sessions. */
export function seenOf({ request }: Exchange, { principal, carrier }: Authenticated): Seen {
  return {
    carrier,
    expiresAtSeconds: principal.expiresAtSeconds,
    userAgent: (request.headers.get("user-agent") ?? "").slice(0, MAX_USER_AGENT_CHARACTERS),
    place: placeOf(request),
  };
}

/** As Cloudflare's edge sees the client: the city where it knows it, and the country. */
function placeOf({ cf, headers }: Request): string {
  const city = typeof cf?.["city"] === "string" ? cf["city"] : undefined;
  const country = typeof cf?.["country"] === "string" ? cf["country"] : headers.get("cf-ipcountry");
  return [city, country]
    .filter((part) => part !== undefined && part !== null && part !== "")
    .join(", ")
    .slice(0, MAX_PLACE_CHARACTERS);
}
