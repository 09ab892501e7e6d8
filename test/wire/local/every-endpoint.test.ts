import { fc } from "../../support/properties.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPool } from "./cognito/pool.ts";
import { SECRET_KEY, startWorld } from "./authsignal/harness.ts";

const RUNS = { numRuns: 25 };
/** What changes keys, clocks, faults and state comes last, so that it cannot spare the others. */
const STEERING = /^\/(?:control|dashboard)/;

interface Endpoint {
  readonly method: string;
  readonly path: string;
}
interface Running {
  readonly url: string;
  readonly endpoints: readonly Endpoint[];
  close(): Promise<void>;
}

const text = fc.string({ unit: "binary", maxLength: 40 }).map((one) => one.toWellFormed());
const part = fc.oneof(
  text,
  fc.constantFrom("..", ".", "%", "a/b", "__proto__", "constructor", "\u0000", "-1"),
);
const name = fc.oneof(
  part,
  fc.constantFrom(
    "token",
    "userId",
    "email",
    "state",
    "challengeId",
    "endpoint",
    "kind",
    "code",
    "limit",
    "redirectUrl",
  ),
);
const body = fc.oneof(
  fc.tuple(fc.constant("application/json"), fc.oneof(text, fc.json())),
  fc.tuple(
    fc.constant("application/x-www-form-urlencoded"),
    fc.array(fc.tuple(name, part), { maxLength: 4 }).map((pairs) => new URLSearchParams(pairs).toString()),
  ),
  fc.tuple(
    fc.constantFrom("text/plain", "multipart/form-data; boundary=x", "application/x-amz-json-1.1"),
    text,
  ),
);
const authorization = fc.constantFrom(
  undefined,
  `Basic ${btoa(`${SECRET_KEY}:`)}`,
  "Basic %%%",
  "Bearer a.b.c",
  "Bearer",
  "AWS4-HMAC-SHA256 Credential=x",
);
const hostile = fc.record({
  parts: fc.array(part, { minLength: 6, maxLength: 6 }),
  query: fc.array(fc.tuple(name, part), { maxLength: 3 }),
  body,
  authorization,
});

/** The path of an endpoint with hostile values for its parameters; a dot alone would lead to another endpoint. */
function fill(path: string, parts: readonly string[]): string {
  let next = 0;
  return path.replaceAll(/:[A-Za-z]+(?:\{[^}]*\})?|\*/g, () => {
    const value = encodeURIComponent(parts[next++ % parts.length] ?? "x");
    return /^\.{0,2}$/.test(value) ? "%2e-" : value;
  });
}

const worlds: readonly [string, () => Promise<Running>][] = [
  [
    "Authsignal",
    async () => {
      const { standIn } = await startWorld();
      return { url: standIn.url, endpoints: standIn.endpoints, close: () => standIn.close() };
    },
  ],
  [
    "Cognito",
    async () => {
      const pool = await startPool();
      return { url: pool.domain, endpoints: pool.endpoints, close: () => pool.close() };
    },
  ],
];

describe.each(worlds)("the %s stand-in", (_, start) => {
  let running: Running;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.close());

  test("answers bad input at each of its endpoints, and never with a 500", { timeout: 120_000 }, async () => {
    const unique = new Map(running.endpoints.map((one) => [`${one.method} ${one.path}`, one]));
    const ordered = [...unique.values()].toSorted(
      (a, b) => Number(STEERING.test(a.path)) - Number(STEERING.test(b.path)),
    );
    expect(ordered.length).toBeGreaterThan(20);
    for (const { method, path } of ordered) {
      await fc.assert(
        fc.asyncProperty(hostile, async (input) => {
          const [contentType, content] = input.body;
          const query = new URLSearchParams(input.query).toString();
          const response = await fetch(`${running.url}${fill(path, input.parts)}?${query}`, {
            method,
            redirect: "manual",
            headers: {
              ...(method === "GET" ? {} : { "content-type": contentType }),
              ...(input.authorization === undefined ? {} : { authorization: input.authorization }),
            },
            ...(method === "GET" ? {} : { body: content }),
          });
          await response.arrayBuffer();
          expect(response.status, `${method} ${path}`).toBeLessThan(500);
        }),
        RUNS,
      );
    }
  });
});
