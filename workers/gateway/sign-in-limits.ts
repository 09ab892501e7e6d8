import type { OwnSignIn } from "../../src/sign-in/settings.ts";
import type { Exchange } from "./exchange.ts";
import { clientIp } from "./forwarding.ts";

/**
 * Counts one try against the name and against the address it comes from.
 *
 * @returns how long to wait when there were too many; `undefined` when it may go on.
 */
export async function tooManyTries(
  exchange: Exchange,
  { asksForPassword, perUser, perAddress }: Pick<OwnSignIn, "asksForPassword" | "perUser" | "perAddress">,
  username: string,
): Promise<number | undefined> {
  // The address first: what one source does too often must not use up a stranger's name.
  const address = await exchange
    .limiterOf(await nameOf(exchange, "address", addressOf(exchange)))
    .take(perAddress);
  if (!address.isAllowed) {
    return address.retryAfterSeconds;
  }
  // Where nothing can be guessed a stranger must not use up the owner's tries; guesses at a password are counted
  // whatever they come from.
  const name = username.toLowerCase();
  const counted = asksForPassword ? name : `${addressOf(exchange)} ${name}`;
  const user = await exchange.limiterOf(await nameOf(exchange, "user", counted)).take(perUser);
  return user.isAllowed ? undefined : user.retryAfterSeconds;
}

/** A digest under our own key: nobody's name or address is kept. */
async function nameOf({ gateway }: Exchange, kind: "address" | "user", text: string): Promise<string> {
  return `${kind}:${await gateway.keyring.sign("sign-in", `${kind}:${text}`)}`;
}

/** One subscriber has a whole /64 of IPv6 addresses. Without Cloudflare before it there is no address, and one count. */
function addressOf({ request }: Exchange): string {
  const address = clientIp(request) ?? "unknown";
  return address.includes(":") ? prefixOf(address) : address;
}

function prefixOf(address: string): string {
  const [head = "", tail] = address.toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].slice(0, 4).join(":");
}
