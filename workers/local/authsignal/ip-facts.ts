import { BlockList, isIP } from "node:net";

/** What is known about a range of addresses. */
export interface IpRange {
  /** `203.0.113.0/24` or `2001:db8::/32`. */
  readonly cidr: string;
  /** ISO 3166-1 alpha-2. */
  readonly countryCode?: string | undefined;
  /** A VPN, a proxy or Tor. */
  readonly isAnonymous?: boolean | undefined;
}

/** The ranges that RFC 5737 and RFC 3849 keep for examples, spread over the world. */
export const EXAMPLE_RANGES: readonly IpRange[] = [
  { cidr: "203.0.113.192/26", countryCode: "AU", isAnonymous: true },
  { cidr: "192.0.2.0/24", countryCode: "US" },
  { cidr: "198.51.100.0/24", countryCode: "NZ" },
  { cidr: "203.0.113.0/24", countryCode: "AU" },
  { cidr: "2001:db8:6100::/40", countryCode: "AU" },
  { cidr: "2001:db8:4400::/40", countryCode: "GB" },
  { cidr: "2001:db8::/32", countryCode: "US" },
];

const MAX_PARSED_RANGES = 2_000;
const parsed = new Map<string, BlockList>();

/** Whether an address is in a range; false for anything that is not an address and a range. */
export function isInRange(address: string, cidr: string): boolean {
  const family = isIP(address);
  return family !== 0 && (rangeOf(cidr)?.check(address, family === 6 ? "ipv6" : "ipv4") ?? false);
}

/** Whether this is an address range in CIDR notation. */
export function isCidr(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/** Where an address is, by the first range that has it; ranges set by hand come before the examples. */
export function locate(address: string, ranges: readonly IpRange[]): IpRange | undefined {
  return [...ranges, ...EXAMPLE_RANGES].find(({ cidr }) => isInRange(address, cidr));
}

function rangeOf(cidr: string): BlockList | undefined {
  const known = parsed.get(cidr);
  if (known !== undefined) {
    return known;
  }
  const [, network = "", bits = ""] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const family = isIP(network);
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) {
    return undefined;
  }
  const range = new BlockList();
  range.addSubnet(network, Number(bits), family === 6 ? "ipv6" : "ipv4");
  if (parsed.size >= MAX_PARSED_RANGES) {
    parsed.clear();
  }
  parsed.set(cidr, range);
  return range;
}
