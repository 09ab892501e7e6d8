import { fc } from "../../../support/properties.ts";
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

/** What a query can carry of something. */
function stringsOf(value: unknown): Record<string, string> {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, JSON.stringify(one)]))
    : {};
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

test("whatever is sent to an endpoint, it is answered as documented: what was asked, or an error with all its keys", async () => {
  const text = fc.string({ unit: "binary", maxLength: 30 }).map((one) => one.toWellFormed());
  const anything = fc.oneof(text, fc.jsonValue(), fc.constantFrom("__proto__", "\u0000", -1, 1e308, null));
  const names =
    "token action userId challengeId verificationCode verificationMethod email phoneNumber clientId accessToken " +
    "refreshToken clientIds skipVerificationCheck idempotencyKey custom ipAddress deviceId scope state " +
    "authenticators locale limit fromDate codes";
  const fields = fc.dictionary(fc.constantFrom(...names.split(" ")), anything, { maxKeys: 6 });
  const endpoint = fc.constantFrom<[string, string]>(
    ["POST", "/users/u/actions/a"],
    ["POST", "/validate"],
    ["POST", "/challenge"],
    ["POST", "/verify"],
    ["POST", "/claim"],
    ["GET", "/challenges"],
    ["GET", "/users"],
    ["GET", "/users/u"],
    ["PATCH", "/users/u"],
    ["POST", "/users/u"],
    ["GET", "/users/u/actions"],
    ["GET", "/users/u/actions/a/k"],
    ["PATCH", "/users/u/actions/a/k"],
    ["GET", "/users/u/authenticators"],
    ["POST", "/users/u/authenticators"],
    ["POST", "/users/authenticators"],
    ["DELETE", "/users/u/authenticators/x"],
    ["GET", "/authenticators"],
    ["GET", "/users/u/devices"],
    ["PATCH", "/users/u/devices/d"],
    ["POST", "/users/u/devices/d/invalidate"],
    ["POST", "/sessions"],
    ["POST", "/sessions/validate"],
    ["POST", "/sessions/refresh"],
    ["POST", "/sessions/revoke"],
    ["POST", "/sessions/user/revoke"],
  );
  await fc.assert(
    fc.asyncProperty(
      endpoint,
      fc.oneof({ weight: 4, arbitrary: fields }, anything),
      async ([method, path], sent) => {
        const query = method === "GET" ? `?${new URLSearchParams(stringsOf(sent)).toString()}` : "";
        const response = await fetch(`${world.standIn.url}/v1${path}${query}`, {
          method,
          headers,
          ...(method === "GET" ? {} : { body: JSON.stringify(sent) ?? "" }),
        });
        const answer: unknown = await response.json();
        expect([200, 400, 401, 404, 429], `${method} ${path}`).toContain(response.status);
        if (response.status !== 200) {
          const code = (answer as { error: unknown }).error; // asserted next
          expect(answer).toEqual({ error: code, errorCode: code, errorDescription: expect.any(String) });
        }
      },
    ),
    { numRuns: 800 },
  );
});

test("a body that is too long is refused before it is read to its end", async () => {
  const response = await fetch(`${world.standIn.url}/v1/users/u/actions/a`, {
    method: "POST",
    headers,
    body: JSON.stringify({ custom: { long: "x".repeat(300_000) } }),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: "invalid_request" });
});

test("whatever is told to the control API, it is never a 500", async () => {
  const endpoint = fc.constantFrom<[string, string]>(
    ["PUT", "/control/faults"],
    ["PUT", "/control/clock"],
    ["PATCH", "/control/switches"],
    ["PATCH", "/control/webhooks"],
    ["PUT", "/control/ip-ranges"],
    ["PUT", "/control/rules/transfer"],
  );
  const sent = fc.oneof(
    fc.jsonValue(),
    fc.record({ shiftMs: fc.jsonValue(), order: fc.jsonValue(), url: fc.jsonValue(), kind: fc.jsonValue() }),
  );
  await fc.assert(
    fc.asyncProperty(endpoint, sent, ([method, path], told) =>
      expectNoCrash(path, { method, headers, body: JSON.stringify(told) }),
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
