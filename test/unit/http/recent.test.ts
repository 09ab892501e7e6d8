import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { recent } from "../../../src/http/recent.ts";
import { fc, test } from "../policy/property.ts";

const ENTRIES = 10;
const CHARACTERS = 40;
const texts = fc.string({ maxLength: CHARACTERS });

describe("a memory of what was used lately", () => {
  test(
    "gives what was set last for the very same text or nothing, and never holds more than it may",
    fc.array(fc.record({ text: texts, isSet: fc.boolean() }), { maxLength: 200 }),
    (steps) => {
      const memory = recent<number>({ entries: ENTRIES, characters: CHARACTERS });
      const last = new Map<string, number>();
      for (const [step, { text, isSet }] of steps.entries()) {
        if (isSet) {
          memory.set(text, step);
          last.set(text, step);
        } else {
          expect([undefined, last.get(text)]).toContain(memory.get(text));
        }
      }
    },
    500,
  );

  it("holds a bounded number of entries", () => {
    const memory = recent<number>({ entries: ENTRIES });
    const numbers = Array.from({ length: 10 * ENTRIES }, (_, number) => number);
    for (const number of numbers) {
      memory.set(String(number), number);
    }
    const held = numbers.toReversed().filter((number) => memory.get(String(number)) !== undefined);
    expect(held.length).toBeGreaterThanOrEqual(ENTRIES / 2);
    expect(held.length).toBeLessThanOrEqual(ENTRIES);
    expect(held).toContain(numbers.at(-1));
  });

  it("holds a bounded number of characters, whatever is asked for again meanwhile", () => {
    const memory = recent<number>({ entries: 1_000, characters: CHARACTERS });
    const texts = Array.from({ length: 30 }, (_, number) => String(number).padStart(8, "0"));
    for (const [number, text] of texts.entries()) {
      memory.set(text, number);
      memory.get(texts[0] ?? "");
    }
    const held = texts.filter((text) => memory.get(text) !== undefined);
    expect(held.length * 8).toBeLessThanOrEqual(CHARACTERS);
    expect(held).toContain(texts[0]);
  });

  it("does not take a text that would push everything else out", () => {
    const memory = recent<number>({ entries: ENTRIES, characters: CHARACTERS });
    memory.set("small", 1);
    memory.set("x".repeat(CHARACTERS), 2);
    expect(memory.get("small")).toBe(1);
    expect(memory.get("x".repeat(CHARACTERS))).toBeUndefined();
  });

  it("keeps nothing of the long text that a short one was cut out of", () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    const usedBytes = () => {
      if (typeof collect === "function") {
        collect();
      }
      return getHeapStatistics().used_heap_size;
    };
    const memory = recent<number>({ entries: 1_000 });
    const longCharacters = 100_000;
    const before = usedBytes();
    for (let number = 0; number < 300; number += 1) {
      const header = Buffer.alloc(longCharacters, `token of the number ${number} `).toString("latin1");
      memory.set(header.slice(0, 30), number);
    }
    expect(usedBytes() - before).toBeLessThan((300 * longCharacters) / 3);
    expect(memory.get(`token of the number 299 token of`.slice(0, 30))).toBe(299);
  });
});
