import { describe, expect, it } from "vitest";
import { bindingOf, type Bound } from "../../../src/stepup/binding.ts";
import { fc } from "../policy/property.ts";

const REQUEST: Bound = {
  action: "transfer",
  method: "POST",
  target: "/transfer?a=1",
  contentType: "application/json",
  body: new TextEncoder().encode('{"amount":5}'),
};

const request = fc.record<Bound>({
  action: fc.string(),
  method: fc.constantFrom("GET", "POST", "PUT"),
  target: fc.webPath(),
  contentType: fc.option(fc.string()),
  body: fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
});

describe("a binding", () => {
  it("is the same for the same request, today and by the next version of this code", async () => {
    expect(await bindingOf(REQUEST)).toBe(await bindingOf({ ...REQUEST, body: REQUEST.body.slice() }));
    expect(await bindingOf(REQUEST)).toMatch(/^[\w-]{43}$/);
  });

  it.each<[string, Partial<Bound>]>([
    ["action", { action: "transfers" }],
    ["method", { method: "PUT" }],
    ["target", { target: "/transfer?a=2" }],
    ["content type", { contentType: "application/json; charset=utf-8" }],
    ["lack of a content type", { contentType: null }],
    ["body", { body: new TextEncoder().encode('{"amount":50}') }],
    ["white space", { body: new TextEncoder().encode('{"amount": 5}') }],
    ["lack of a body", { body: new Uint8Array(0) }],
  ])("is another with another %s", async (_, change) => {
    expect(await bindingOf({ ...REQUEST, ...change })).not.toBe(await bindingOf(REQUEST));
  });

  it("is shared by no two different requests, however their parts are cut", async () => {
    await fc.assert(
      fc.asyncProperty(request, request, async (first, second) => {
        const parts = ({ body, ...rest }: Bound) =>
          JSON.stringify([rest.action, rest.method, rest.target, rest.contentType, [...body]]);
        const equal = (await bindingOf(first)) === (await bindingOf(second));
        expect(equal).toBe(parts(first) === parts(second));
      }),
      { numRuns: 300 },
    );
    expect(await bindingOf({ ...REQUEST, action: "a", method: "bc" })).not.toBe(
      await bindingOf({ ...REQUEST, action: "ab", method: "c" }),
    );
    expect(await bindingOf({ ...REQUEST, contentType: null })).not.toBe(
      await bindingOf({ ...REQUEST, contentType: "null" }),
    );
  });
});
