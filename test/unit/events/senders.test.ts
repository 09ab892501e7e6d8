import { describe, expect, it } from "vitest";
import { networkOf, senders } from "../../../src/events/senders.ts";

const HELD_MS = 10_000;

function world() {
  const clock = { nowMs: 0, chance: 0.05 };
  const known = senders(
    () => clock.nowMs,
    () => clock.chance,
  );
  const refuse = (network: string, times: number) => {
    for (let count = 0; count < times; count += 1) {
      known.refused(network);
    }
  };
  return { clock, known, refuse };
}

describe("those who send deliveries", () => {
  it("are held after five refusals in a row, and nobody else is", () => {
    const { known, refuse } = world();
    refuse("a", 4);
    expect(known.isHeld("a")).toBe(false);
    refuse("a", 1);
    expect([known.isHeld("a"), known.isHeld("b"), known.isHeld(undefined)]).toEqual([true, false, false]);
  });

  it("are heard again after ten seconds, and held again by one more refusal", () => {
    const { clock, known, refuse } = world();
    refuse("a", 5);
    clock.nowMs = HELD_MS - 1;
    expect(known.isHeld("a")).toBe(true);
    clock.nowMs = HELD_MS;
    expect(known.isHeld("a")).toBe(false);
    refuse("a", 1);
    expect(known.isHeld("a")).toBe(true);
  });

  it("are heard one time in twenty all the same", () => {
    const { clock, known, refuse } = world();
    refuse("a", 5);
    clock.chance = 0.049;
    expect(known.isHeld("a")).toBe(false);
    clock.chance = 0.05;
    expect(known.isHeld("a")).toBe(true);
  });

  it("are never held once they sent one that was right, whoever else sends from there", () => {
    const { clock, known, refuse } = world();
    refuse("a", 5);
    clock.nowMs = HELD_MS;
    known.proved("a");
    expect(known.isHeld("a")).toBe(false);
    refuse("a", 100);
    expect(known.isHeld("a")).toBe(false);
  });

  it("do not push one out that proved to be right, however many they are", () => {
    const { known, refuse } = world();
    known.proved("a");
    for (let index = 0; index < 50_000; index += 1) {
      refuse(`flood ${index}`, 1);
    }
    refuse("a", 5);
    expect(known.isHeld("a")).toBe(false);
  });
});

describe("the network of a request", () => {
  it.each([
    ["198.51.100.7", "198.51.100.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::9", "2001:db8:0:0"],
    ["2001:db8:1::9:8", "2001:db8:1:0"],
    ["2001:db8::3:4:5:6:7", "2001:db8:0:3"],
    ["::ffff:198.51.100.7", "198.51.100.7"],
    ["::FFFF:127.0.0.1", undefined],
    ["2001:db8:1:2:3:4:5:6:and-much-more-that-no-address-has", undefined],
    ["127.0.0.1", undefined],
    ["::1", undefined],
  ])("of %s is %s", (address, network) => {
    expect(networkOf(new Headers({ "CF-Connecting-IP": address }))).toBe(network);
  });

  it("is not known where nobody says it", () => {
    expect(networkOf(new Headers())).toBeUndefined();
  });
});
