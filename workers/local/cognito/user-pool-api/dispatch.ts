import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Pool } from "../pool.ts";
import { signatureProblem } from "../sigv4.ts";
import { ADMIN_AUTH_OPERATIONS } from "./admin-auth.ts";
import { ADMIN_GROUP_OPERATIONS } from "./admin-groups.ts";
import { ADMIN_USER_OPERATIONS } from "./admin-users.ts";
import { AUTH_OPERATIONS } from "./auth.ts";
import type { ApiOutcome } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { SIGN_UP_OPERATIONS } from "./sign-up.ts";
import { TOKEN_OPERATIONS } from "./tokens.ts";
import { SIGNED_IN_OPERATIONS } from "./with-access-token.ts";

const TARGET = "AWSCognitoIdentityProviderService.";
const CONTENT_TYPE = "application/x-amz-json-1.1";
const EXPOSED_HEADERS = ["x-amzn-RequestId", "x-amzn-ErrorType", "x-amzn-ErrorMessage"];

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    ...AUTH_OPERATIONS,
    ...TOKEN_OPERATIONS,
    ...SIGN_UP_OPERATIONS,
    ...SIGNED_IN_OPERATIONS,
    ...ADMIN_AUTH_OPERATIONS,
    ...ADMIN_USER_OPERATIONS,
    ...ADMIN_GROUP_OPERATIONS,
  }),
);

/** Every operation that the stand-in knows. */
export const OPERATION_NAMES: readonly string[] = [...OPERATIONS.keys()];

/** The user pool API: `POST /` with the operation in `X-Amz-Target` (reference 3). Open to every origin. */
export function userPoolApi(pool: Pool): Hono {
  const routes = new Hono();
  routes.use("/", cors({ origin: "*", exposeHeaders: EXPOSED_HEADERS }));
  routes.post("/", async (c) => answerApi(c, await call(c, pool)));
  return routes;
}

/** The operation that a request names. */
export function operationIn(target: string | undefined): string | undefined {
  return target?.startsWith(TARGET) === true ? target.slice(TARGET.length) : undefined;
}

async function call(c: Context, pool: Pool): Promise<ApiOutcome> {
  const operation = OPERATIONS.get(operationIn(c.req.header("X-Amz-Target")) ?? "");
  if (operation === undefined) {
    return { error: "UnknownOperationException", message: "The stand-in does not know this operation." };
  }
  const text = await c.req.text();
  if (operation.isSigned) {
    const problem = signatureProblem(
      { method: "POST", url: c.req.url, header: (name) => c.req.header(name), body: text },
      { credentials: pool.admin, region: pool.region, nowMs: pool.now() },
    );
    if (problem !== undefined) {
      return problem;
    }
  }
  let input: unknown;
  try {
    // A member that is null is as good as absent, as in every AWS JSON protocol.
    input = JSON.parse(text, (_name, value: unknown) => (value === null ? undefined : value));
  } catch {
    return { error: "SerializationException", message: "The request is not JSON." };
  }
  return operation.run(pool, input);
}

/** Writes an outcome as the API does; throttling too is a 400. */
export function answerApi(c: Context, outcome: ApiOutcome): Response {
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
