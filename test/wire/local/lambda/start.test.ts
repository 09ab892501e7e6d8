import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleOf, buildLambdas } from "../../../../workers/local/lambda/bundles.ts";
import { type LambdaStandIn, startLambda } from "../../../../workers/local/lambda/start.ts";

const CODE = `
let calls = 0;
export const handler = async (event) => {
  calls += 1;
  switch (event.what) {
    case "raise": throw new TypeError("no good");
    case "exit": process.exit(3);
    case "hang": return new Promise(() => {});
    case "env": return { env: process.env, calls };
    default: return event.what === "nothing" ? undefined : { echo: event, calls };
  }
};`;

describe("the Lambda runtime", () => {
  let folder: string;
  let lambda: LambdaStandIn;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lambda-"));
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    await buildLambdas();
    lambda = await startLambda({
      port: 0,
      timeoutMs: 400,
      functions: {
        works: { bundle: await file("works.mjs", CODE), env: { ONLY: "this" } },
        broken: { bundle: await file("broken.mjs", "throw new Error('cannot start');"), env: {} },
        unset: {
          bundle: bundleOf("create-auth-challenge"),
          env: { SIGN_IN_CLIENTS: '{"c": {"ui": "own"}}' },
        },
      },
    });
  });
  afterAll(async () => {
    await lambda.close();
    await rm(folder, { recursive: true });
  });

  const call = async (name: string, event: unknown, method = "POST") => {
    const response = await fetch(`${lambda.url}/2015-03-31/functions/${name}/invocations`, {
      method,
      ...(method === "POST" ? { body: typeof event === "string" ? event : JSON.stringify(event) } : {}),
    });
    return {
      status: response.status,
      failed: response.headers.get("X-Amz-Function-Error"),
      body: Object(await response.json()),
    };
  };

  it("gives what a function gives, from one process", async () => {
    expect(await call("works", { what: 1 })).toMatchObject({ status: 200, failed: null, body: { calls: 1 } });
    expect(await call("works", { what: 1 })).toMatchObject({ body: { echo: { what: 1 }, calls: 2 } });
    expect((await call("works", { what: "nothing" })).body).toEqual(Object(null));
  });

  it("gives what a function raises as Lambda does", async () => {
    expect(await call("works", { what: "raise" })).toMatchObject({
      status: 200,
      failed: "Unhandled",
      body: { errorType: "TypeError", errorMessage: "no good" },
    });
  });

  it("shows a function its own environment and nothing of this machine's", async () => {
    const { env } = (await call("works", { what: "env" })).body;
    const added = Object.keys(env).filter((name) => !/^NODE_CHANNEL|^__CF/.test(name));
    expect(added).toEqual(["ONLY"]);
  });

  it("ends a function that takes too long or exits, and starts another for the next call", async () => {
    expect(await call("works", { what: "hang" })).toMatchObject({
      failed: "Unhandled",
      body: { errorType: "Sandbox.Timedout", errorMessage: "Task timed out after 0.40 seconds" },
    });
    expect(await call("works", { what: 1 })).toMatchObject({ failed: null, body: { calls: 1 } });
    expect(await call("works", { what: "exit" })).toMatchObject({ failed: "Unhandled" });
    expect(await call("works", { what: 1 })).toMatchObject({ failed: null, body: { calls: 1 } });
  });

  it("says why a function cannot start", async () => {
    expect(await call("broken", {})).toMatchObject({
      failed: "Unhandled",
      body: { errorMessage: "cannot start" },
    });
  });

  it("a trigger that is not configured does not start, and names each setting and its fix", async () => {
    const { errorMessage } = (await call("unset", {})).body;
    expect(errorMessage).toContain("AUTHSIGNAL_SECRET must be set");
    expect(errorMessage).toContain("SIGN_IN_SECRET must be a random secret of 32 characters or more");
    expect(errorMessage).toContain('SIGN_IN_CLIENTS.c.flow must be "passwordless" or "password-first"');
  });

  it("knows no other functions, methods or bodies", async () => {
    expect((await call("other", {})).status).toBe(404);
    expect((await call("works", {}, "GET")).status).toBe(404);
    expect((await call("works", "{")).status).toBe(400);
  });
});
