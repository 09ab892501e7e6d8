import type * as z from "zod/mini";
import { fail, type Result } from "../../src/http/result.ts";
import type { RecordTrigger } from "../../src/triggers/ports.ts";
import type { Refusal } from "../../src/triggers/refusal.ts";

/**
 * Cognito waits five seconds for a trigger and then calls it again (cognito.md section 4): an answer, even a refusal,
 * must be there before.
 */
export const DEADLINE_MS = 3_800;

/** A function as Lambda calls it. */
export type LambdaHandler = (event: unknown) => Promise<unknown>;

/** What Cognito hands to the client: "CreateAuthChallenge failed with error blocked." */
class TriggerError extends Error {
  override readonly name = "TriggerError";
}

/** One JSON line per decision, into the function's log. */
export const recordToLog: RecordTrigger = (entry) => {
  console.log(JSON.stringify({ at: new Date().toISOString(), ...entry }));
};

/**
 * Makes a Lambda handler of a trigger: reads the event, gives the whole event back with `response` filled, and raises
 * the public code where the trigger refuses. Whatever goes wrong besides is `internal`: no message of ours or of
 * anybody's reaches the client.
 */
export function lambdaHandler<Schema extends z.ZodMiniType>(
  name: string,
  schema: Schema,
  trigger: (
    event: z.output<Schema>,
    remainingMs: () => number,
  ) => Promise<Result<object, Refusal>> | Result<object, Refusal>,
): LambdaHandler {
  return async function handler(event) {
    const startedMs = performance.now();
    const remainingMs = (): number => Math.max(0, DEADLINE_MS - (performance.now() - startedMs));
    const outcome = await run(schema, event, (read) => trigger(read, remainingMs));
    if (!outcome.ok) {
      const { code, reason } = outcome.error;
      const latencyMs = Math.round(performance.now() - startedMs);
      console.log(
        JSON.stringify({ at: new Date().toISOString(), trigger: name, refused: code, reason, latencyMs }),
      );
      throw new TriggerError(code);
    }
    // The schema read it as an object. What Cognito put into `response` stays where the trigger says nothing.
    const whole = event as { readonly response?: object | null };
    return { ...whole, response: { ...whole.response, ...outcome.value } };
  };
}

async function run<Schema extends z.ZodMiniType>(
  schema: Schema,
  event: unknown,
  trigger: (event: z.output<Schema>) => Promise<Result<object, Refusal>> | Result<object, Refusal>,
): Promise<Result<object, Refusal>> {
  const parsed = schema.safeParse(event);
  if (!parsed.success) {
    return fail({ code: "internal", reason: "unknown_event" });
  }
  try {
    return await trigger(parsed.data);
  } catch (error) {
    return fail({ code: "internal", reason: error instanceof Error ? error.name : "thrown" });
  }
}
