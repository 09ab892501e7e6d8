import * as z from "zod";
import type { Pool } from "../pool.ts";
import type { ApiError } from "../user-pool-api/errors.ts";
import type { TriggerName } from "./targets.ts";

const TRIES = 3;
const MAX_ANSWER_BYTES = 6 * 1024 * 1024;

/** What differs between the events of one trigger. */
export interface TriggerCall<Response extends z.ZodType> {
  readonly trigger: TriggerName;
  /** Such as `PreSignUp_SignUp`. */
  readonly source: string;
  readonly userName: string | undefined;
  readonly clientId: string;
  readonly request: Readonly<Record<string, unknown>>;
  /** What `response` must look like when the event comes back. */
  readonly response: Response;
}

const errorPayload = z.object({ errorMessage: z.string() });

/**
 * Calls the Lambda function of a step, if there is one, and gives its `response` (reference 4).
 * A function that raised gives `UserLambdaValidationException` at once; one that does not answer in time or cannot
 * be invoked is tried three times, then gives `UnexpectedLambdaException`; an answer of another shape gives
 * `InvalidLambdaResponseException`.
 */
export async function invokeTrigger<Response extends z.ZodType>(
  pool: Pool,
  call: TriggerCall<Response>,
): Promise<{ readonly response: z.output<Response> } | ApiError | undefined> {
  const target = pool.triggers[call.trigger];
  if (target === undefined) {
    return undefined;
  }
  const title = titleOf(call.trigger);
  const address = `${target.url.replace(/\/$/, "")}/2015-03-31/functions/${encodeURIComponent(target.functionName)}/invocations`;
  const event = JSON.stringify(eventOf(pool, call, "version" in target ? target.version : undefined));
  const invocation = await invoke(address, event, pool.triggers.timeoutMs);
  if (invocation === undefined) {
    return {
      error: "UnexpectedLambdaException",
      message: `${title} invocation failed after ${TRIES} attempts.`,
    };
  }
  const failure = errorPayload.safeParse(invocation.payload);
  if (invocation.functionError || failure.success) {
    const message = failure.success ? failure.data.errorMessage : "Unhandled";
    return {
      error: "UserLambdaValidationException",
      message: `${title} failed with error ${message.replace(/\.$/, "")}.`,
    };
  }
  const envelope = z.object({ response: z.unknown() }).safeParse(invocation.payload);
  const answered = call.response.safeParse(envelope.data?.response);
  return envelope.success && answered.success
    ? { response: answered.data }
    : { error: "InvalidLambdaResponseException", message: "Unrecognizable lambda output" };
}

/** The name that error messages use: `preSignUp` is `PreSignUp`. */
function titleOf(trigger: TriggerName): string {
  return trigger.charAt(0).toUpperCase() + trigger.slice(1);
}

function eventOf(
  pool: Pool,
  { source, userName, clientId, request }: TriggerCall<z.ZodType>,
  version: string | undefined,
): unknown {
  return {
    version: version?.charAt(1) ?? "1",
    region: pool.region,
    userPoolId: pool.userPoolId,
    triggerSource: source,
    ...(userName === undefined ? {} : { userName }),
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId },
    request,
    response: {},
  };
}

interface Invocation {
  readonly payload: unknown;
  readonly functionError: boolean;
}

async function invoke(address: string, event: string, timeoutMs: number): Promise<Invocation | undefined> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    // One after the other: a further try is made only when the one before failed.
    // oxlint-disable-next-line no-await-in-loop
    const invocation = await tryOnce(address, event, timeoutMs);
    if (invocation !== undefined) {
      return invocation;
    }
  }
  return undefined;
}

async function tryOnce(address: string, event: string, timeoutMs: number): Promise<Invocation | undefined> {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Amz-Invocation-Type": "RequestResponse" },
      body: event,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok || text.length > MAX_ANSWER_BYTES) {
      return undefined;
    }
    return { payload: parsed(text), functionError: response.headers.has("X-Amz-Function-Error") };
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
