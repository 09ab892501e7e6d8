import { describe, expect, it } from "vitest";
import { policySource, policyVersion } from "../../../src/policy/source.ts";

const textOf = (requirement: string) =>
  `{ "version": 1, "default": { "require": "${requirement}" }, "routes": [] } // ${requirement}`;
const BUNDLED = textOf("deny");

/** A source over a store, a clock and a memory of background work that a test moves. */
function world(fallback?: "bundled" | "deny") {
  const state = {
    stored: null as string | null | Error,
    beside: null as string | null,
    nowMs: 0,
    reads: 0,
    problems: [] as string[],
    fallbacks: [] as (string | undefined)[][],
    later: [] as Promise<unknown>[],
  };
  const source = policySource({
    bundled: { text: BUNDLED, checked: undefined },
    read: async () => {
      state.reads += 1;
      if (state.stored instanceof Error) {
        throw state.stored;
      }
      return state.stored;
    },
    readBeside: async () => state.beside,
    nowMs: () => state.nowMs,
    ...(fallback === undefined ? {} : { fallback }),
    onFallback: (...versions) => state.fallbacks.push(versions),
    onProblems: (problems) => state.problems.push(...problems.map(({ reason }) => reason)),
  });
  const current = async () => (await source.current((work) => state.later.push(work)))?.default;
  const refreshed = async () => {
    state.nowMs += 6_000;
    await current();
    await Promise.all(state.later);
    return current();
  };
  return { state, source, current, refreshed };
}

describe("the policy in force", () => {
  it("is the bundled one while none is pushed, and the pushed one within ten seconds, without waiting", async () => {
    const { state, source, current, refreshed } = world();
    expect(await current()).toBe("deny");
    state.stored = textOf("nothing");
    expect(await current()).toBe("deny");
    expect(source.current(() => undefined)).not.toBeInstanceOf(Promise);
    expect(await refreshed()).toBe("nothing");
  });

  it("is the bundled one again when the pushed one is taken back", async () => {
    const { state, current, refreshed } = world();
    state.stored = textOf("nothing");
    expect(await current()).toBe("nothing");
    state.stored = null;
    expect(await refreshed()).toBe("deny");
  });

  it("stays the last good one when storage fails or a bad one appears, and says so once for each text", async () => {
    const { state, current, refreshed } = world();
    state.stored = textOf("nothing");
    await current();
    state.stored = new Error("KV is down");
    expect(await refreshed()).toBe("nothing");
    state.problems.length = 0;
    state.stored = "{ oops";
    expect(await refreshed()).toBe("nothing");
    expect(await refreshed()).toBe("nothing");
    expect(state.problems).toEqual(["Line 1, column 3: A name in double quotes is expected here."]);
  });

  it.each([
    ["cannot be read", new Error("down")],
    ["is bad", "[]"],
  ])("is the bundled one where the first that is pushed %s", async (_what, stored) => {
    const { state, current } = world();
    state.stored = stored;
    expect(await current()).toBe("deny");
  });

  it.each([
    ["cannot be read", new Error("down"), undefined],
    ["is bad", "[]", "4f53cda18c2b"],
  ])(
    "where the first that is pushed %s says loudly that it fell back, with both versions",
    async (_, stored, version) => {
      for (const fallback of ["bundled", "deny"] as const) {
        const { state, current } = world(fallback);
        state.stored = stored;
        expect(await current()).toBe(fallback === "deny" ? undefined : "deny");
        expect(state.fallbacks).toEqual([[version, await policyVersion(BUNDLED)]]);
      }
    },
  );

  it("is none where the fallback is to deny, until the pushed one can be used", async () => {
    const { state, current, refreshed } = world("deny");
    state.stored = new Error("KV is down");
    expect(await current()).toBeUndefined();
    expect(await refreshed()).toBeUndefined();
    state.stored = textOf("nothing");
    expect(await refreshed()).toBe("nothing");
    state.stored = new Error("KV is down");
    expect(await refreshed()).toBe("nothing");
  });

  it.each(["bundled", "deny"] as const)(
    "where none is pushed is the bundled one, which is no fallback (%s)",
    async (fallback) => {
      const { state, current } = world(fallback);
      expect(await current()).toBe("deny");
      expect(state.fallbacks).toEqual([]);
    },
  );

  it("is waited for where there is none: the request that reads it again has it", async () => {
    const { state, current } = world("deny");
    state.stored = new Error("KV is away");
    expect(await current()).toBeUndefined();
    state.stored = textOf("nothing");
    state.nowMs = 999;
    expect(await current()).toBeUndefined();
    state.nowMs = 1_000;
    expect(await current()).toBe("nothing");
  });

  it("does not wait for the one in shadow to be read first, and its loading outlives the request", async () => {
    const order: string[] = [];
    const later: Promise<unknown>[] = [];
    const read = async (what: string) => {
      order.push(`${what} asked`);
      await Promise.resolve();
      order.push(`${what} read`);
      return null;
    };
    const source = policySource({
      bundled: { text: BUNDLED, checked: undefined },
      read: () => read("policy"),
      readBeside: () => read("shadow"),
      nowMs: () => 0,
      onProblems: () => undefined,
    });
    await source.current((work) => later.push(work));
    expect(order.slice(0, 2).toSorted()).toEqual(["policy asked", "shadow asked"]);
    expect(later).toHaveLength(1);
  });

  it("is the pushed one for every request of a cold isolate", async () => {
    const { state, current } = world();
    state.stored = textOf("nothing");
    expect(await Promise.all(Array.from({ length: 8 }, current))).toEqual(Array(8).fill("nothing"));
  });

  it("is read again only now and then", async () => {
    const { state, current } = world();
    await current();
    for (let index = 0; index < 100; index += 1) {
      await current();
    }
    expect(state.reads).toBe(1);
  });

  it("carries a version that everybody can work out from its text", async () => {
    const { state, source, current } = world();
    state.stored = textOf("nothing");
    await current();
    const policy = await source.current(() => undefined);
    expect(policy?.version).toBe(await policyVersion(textOf("nothing")));
    expect(policy?.version).toMatch(/^[0-9a-f]{12}$/);
  });

  it("has another one in shadow beside it, until that is taken back", async () => {
    const { state, source, current, refreshed } = world();
    state.beside = textOf("nothing");
    await current();
    expect(source.beside?.()?.default).toBe("nothing");
    state.beside = "{";
    await refreshed();
    expect(source.beside?.()?.default).toBe("nothing");
    expect(state.problems[0]).toMatch(/^\(in shadow\) /);
    state.beside = null;
    await refreshed();
    expect(source.beside?.()).toBeUndefined();
  });

  it("does not keep a first request waiting for ever", { timeout: 10_000 }, async () => {
    const source = policySource({
      bundled: { text: BUNDLED, checked: undefined },
      read: () => new Promise(() => undefined),
      nowMs: () => 0,
      onProblems: () => undefined,
    });
    expect((await source.current(() => undefined))?.default).toBe("deny");
  });
});
