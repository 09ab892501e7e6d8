import { describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import type { Exchange } from "../../../workers/gateway/exchange.ts";
import { tooManyTries } from "../../../workers/gateway/sign-in-limits.ts";

const LIMIT = { burst: 10, refillMs: 90_000 };

/** The counters that a try from an address takes from. */
async function countersOf(address: string, username: string, asksForPassword: boolean): Promise<string[]> {
  const taken: string[] = [];
  const keyring = await makeKeyring(["k".repeat(32)]);
  const exchange = {
    gateway: { keyring },
    request: new Request("https://app.example/", { headers: { "CF-Connecting-IP": address } }),
    limiterOf: (name: string) => ({
      take: async () => {
        taken.push(name);
        return { isAllowed: true };
      },
    }),
  } as unknown as Exchange; // as much of one as counting looks at
  await tooManyTries(exchange, { asksForPassword, perUser: LIMIT, perAddress: LIMIT }, username);
  return taken;
}

describe("tries", () => {
  it("at a password count for the name, whatever address they come from and however it is spelled", async () => {
    const [address, name] = await countersOf("203.0.113.9", "bob", true);
    const [otherAddress, sameName] = await countersOf("198.51.100.7", "BOB", true);
    expect(otherAddress).not.toBe(address);
    expect(sameName).toBe(name);
  });

  it("without a password count for each address apart: a stranger does not use up the owner's", async () => {
    const [, strangers] = await countersOf("203.0.113.9", "bob", false);
    const [, owners] = await countersOf("198.51.100.7", "bob", false);
    const [, again] = await countersOf("203.0.113.9", "Bob", false);
    expect(owners).not.toBe(strangers);
    expect(again).toBe(strangers);
  });

  it("are kept under digests, not under names or addresses", async () => {
    const taken = await countersOf("203.0.113.9", "bob", true);
    expect(taken.join(" ")).not.toMatch(/bob|203\.0/);
  });
});
