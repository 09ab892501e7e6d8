import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRET_KEY, startWorld, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";

const RUNS = { numRuns: 150 };
const headers = { authorization: `Basic ${btoa(`${SECRET_KEY}:`)}` };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());

const pathPart = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("..", ".", "%", "a/b", "__proto__", "\u0000"),
  )
  .map((text) => encodeURIComponent(text.toWellFormed()));
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify({ custom: value })),
);

async function expectNoCrash(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(`${world.standIn.url}${path}`, { ...init, redirect: "manual" });
  await response.arrayBuffer();
  expect(response.status, `${init.method} ${path}`).toBeLessThan(500);
}

test("whatever is posted to track, it is never a 500", async () => {
  await fc.assert(
    fc.asyncProperty(pathPart, pathPart, body, (user, action, text) =>
      expectNoCrash(`/v1/users/${user}/actions/${action}`, { method: "POST", headers, body: text }),
    ),
    RUNS,
  );
});

test("whatever is sent to the other endpoints, it is never a 500", async () => {
  const endpoint = fc.constantFrom<[string, string]>(
    ["POST", "/validate"],
    ["PATCH", "/users/u"],
    ["POST", "/users/u/authenticators"],
    ["PATCH", "/users/u/actions/a/k"],
    ["PUT", "/control/rules/transfer/large-transfer"],
    ["PUT", "/control/actions/transfer"],
    ["POST", "/control/fault"],
  );
  await fc.assert(
    fc.asyncProperty(endpoint, body, ([method, path], text) =>
      expectNoCrash(path, { method, headers, body: text }),
    ),
    RUNS,
  );
});

test("whatever a token or a form says, it is never a 500", async () => {
  const { token } = await trackTransfer(world, "alice", 1500);
  const fields = fc.record({
    token: fc.oneof(fc.constant(token), fc.string(), fc.constant(`${token}.`)),
    authenticator: fc.string(),
    code: fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
    email: fc.string(),
  });
  const form = fc.constantFrom("send", "verify", "leave", "enrol/send", "enrol/verify");
  await fc.assert(
    fc.asyncProperty(form, fields, async (path, typed) => {
      const text = new URLSearchParams(typed);
      await expectNoCrash(`/challenge/${path}`, { method: "POST", body: text });
      await expectNoCrash(`/challenge?${text.toString()}&problem=__proto__&left=99999`, { method: "GET" });
    }),
    RUNS,
  );
});

test("after all that, rules still decide", async () => {
  await fetch(`${world.standIn.url}/control/reset`, { method: "POST" });
  expect(await trackTransfer(world, "alice", 1500)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
});
