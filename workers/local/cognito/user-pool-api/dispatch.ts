import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type * as z from "zod";
import type { Pool } from "../pool.ts";
import type { ApiOutcome } from "./errors.ts";
import { initiateAuth, initiateAuthInput } from "./initiate-auth.ts";
import { revokeToken, revokeTokenInput } from "./revoke-token.ts";
import { accessTokenInput, getUser, globalSignOut } from "./with-access-token.ts";

const TARGET = "AWSCognitoIdentityProviderService.";
const CONTENT_TYPE = "application/x-amz-json-1.1";
const EXPOSED_HEADERS = ["x-amzn-RequestId", "x-amzn-ErrorType", "x-amzn-ErrorMessage"];

type Operation = (pool: Pool, input: unknown) => Promise<ApiOutcome>;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ["InitiateAuth", operation(initiateAuthInput, initiateAuth)],
  ["GetUser", operation(accessTokenInput, getUser)],
  ["GlobalSignOut", operation(accessTokenInput, globalSignOut)],
  ["RevokeToken", operation(revokeTokenInput, revokeToken)],
]);

/** The user pool API: `POST /` with the operation in `X-Amz-Target` (reference 3). Open to every origin. */
export function userPoolApi(pool: Pool): Hono {
  const routes = new Hono();
  routes.use("/", cors({ origin: "*", exposeHeaders: EXPOSED_HEADERS }));
  routes.post("/", async (c) => answer(c, await call(c, pool)));
  return routes;
}

async function call(c: Context, pool: Pool): Promise<ApiOutcome> {
  const target = c.req.header("X-Amz-Target") ?? "";
  const run = target.startsWith(TARGET) ? OPERATIONS.get(target.slice(TARGET.length)) : undefined;
  if (run === undefined) {
    return { error: "UnknownOperationException", message: "The stand-in does not know this operation." };
  }
  let input: unknown;
  try {
    input = JSON.parse(await c.req.text());
  } catch {
    return { error: "SerializationException", message: "The request is not JSON." };
  }
  return run(pool, input);
}

function operation<Input extends z.ZodType>(
  schema: Input,
  run: (pool: Pool, input: z.infer<Input>) => Promise<ApiOutcome>,
): Operation {
  return async (pool, raw) => {
    const input = schema.safeParse(raw);
    if (input.success) {
      return run(pool, input.data);
    }
    const problems = input.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    return { error: "InvalidParameterException", message: problems.join("; ") };
  };
}

function answer(c: Context, outcome: ApiOutcome): Response {
  const headers = { "Content-Type": CONTENT_TYPE, "x-amzn-RequestId": randomUUID() };
  if (!("error" in outcome)) {
    return c.body(JSON.stringify(outcome.body), 200, headers);
  }
  const { error, message } = outcome;
  return c.body(JSON.stringify({ __type: error, message }), 400, {
    ...headers,
    "x-amzn-ErrorType": error,
    // A message may repeat what the caller sent, and a header carries printable ASCII only.
    "x-amzn-ErrorMessage": message.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 1024),
  });
}
