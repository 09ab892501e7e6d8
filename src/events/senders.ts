import { recent } from "../http/recent.ts";

/** What an isolate remembers of those who send deliveries, by the network they send from. */
export interface Senders {
  /** Whether nothing of theirs is read for now: a signature covers the body, and to read one is what a forgery costs. */
  isHeld(network: string | undefined): boolean;
  /** Notes that a delivery of theirs was not signed rightly, or not lately. */
  refused(network: string | undefined): void;
  /** Notes that one was. They are not held from now on: whoever shares their network must not keep them out. */
  proved(network: string | undefined): void;
}

/** A wrong key is found by a person after this many at most; a flood sends as many in no time. */
const REFUSED_IN_A_ROW = 5;
/** Then one more is read: a key may have been set right. Authsignal delivers four times in two minutes (authsignal.md 6). */
const HELD_MS = 10_000;
/** Of each kind: a flood from more networks than that is read now and then, and pushes out none that proved to be right. */
const MAX_NETWORKS = 20_000;
const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;
const LONGEST_ADDRESS = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".length;
const IPV4_MAPPED = /^::ffff:(?=\d+\.)/i;
const LOCAL = /^(?:127\.|::1$)/;

/** So that who shares a network with a flood, and was not heard in this isolate yet, has a chance at each delivery. */
const HEARD_ALL_THE_SAME = 1 / 20;

/** Makes the memory of an isolate. @param random from 0 to below 1. */
export function senders(nowMs: () => number, random: () => number): Senders {
  const proven = recent<true>({ entries: MAX_NETWORKS });
  const suspects = recent<{ refused: number; heldUntilMs: number }>({ entries: MAX_NETWORKS });
  return {
    isHeld(network) {
      const suspect = network === undefined ? undefined : suspects.get(network);
      return suspect !== undefined && nowMs() < suspect.heldUntilMs && random() >= HEARD_ALL_THE_SAME;
    },
    refused(network) {
      if (network === undefined || proven.get(network) === true) {
        return;
      }
      const refused = (suspects.get(network)?.refused ?? 0) + 1;
      suspects.set(network, {
        refused,
        heldUntilMs: refused >= REFUSED_IN_A_ROW ? nowMs() + HELD_MS : 0,
      });
    },
    proved(network) {
      if (network !== undefined) {
        proven.set(network, true);
        suspects.set(network, { refused: 0, heldUntilMs: 0 });
      }
    },
  };
}

/**
 * The network that a request comes from, as Cloudflare says it: an IPv4 address, or the /64 of an IPv6 one, of which
 * whoever has one has them all. Undefined where nobody says it, or a process of the same machine stands between.
 */
export function networkOf(headers: Headers): string | undefined {
  const given = headers.get("cf-connecting-ip");
  const address = given?.replace(IPV4_MAPPED, "") ?? null;
  if (address === null || address.length > LONGEST_ADDRESS || LOCAL.test(address)) {
    return undefined;
  }
  return address.includes(":") ? slash64(address) : address;
}

function slash64(address: string): string {
  const [before = "", after] = address.split("::");
  const [left, right] = [before.split(":"), after?.split(":") ?? []];
  const zeros = Array.from({ length: Math.max(0, IPV6_GROUPS - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right].slice(0, NETWORK_GROUPS).join(":");
}
