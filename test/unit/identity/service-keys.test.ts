import { describe, expect, it } from "vitest";
import { serviceKeys } from "../../../src/identity/service-keys.ts";
import { fc } from "../policy/property.ts";

const CURRENT = "current-0123456789abcdef0123456789abcdef";
const PREVIOUS = "previous-0123456789abcdef0123456789abcde";

describe("service keys", () => {
  it("knows either key while one is replaced, and says which", async () => {
    const keys = await serviceKeys({ current: CURRENT, previous: PREVIOUS });
    expect(await keys.find(CURRENT)).toBe("current");
    expect(await keys.find(PREVIOUS)).toBe("previous");
  });

  it("knows a key no more once its slot is empty", async () => {
    const keys = await serviceKeys({ current: CURRENT, previous: undefined });
    expect(await keys.find(PREVIOUS)).toBeUndefined();
    expect(await keys.find("")).toBeUndefined();
    expect(await keys.find("undefined")).toBeUndefined();
  });

  it("takes no other text: no padding, no part, no digest, no other case", async () => {
    const keys = await serviceKeys({ current: CURRENT, previous: undefined });
    for (const near of [
      `${CURRENT}\0`,
      ` ${CURRENT}`,
      CURRENT.slice(1),
      CURRENT.toUpperCase(),
      CURRENT.repeat(20),
    ]) {
      expect(await keys.find(near)).toBeUndefined();
    }
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await keys.find(text)).toBe(text === CURRENT ? "current" : undefined);
      }),
    );
  });
});
