import type * as z from "zod";
import type { Pool } from "../pool.ts";
import type { ApiOutcome } from "./errors.ts";

/** One operation of the user pool API. */
export interface Operation {
  /** Whether it needs a request that is signed with AWS credentials (reference 3.1). */
  readonly isSigned: boolean;
  run(pool: Pool, input: unknown): Promise<ApiOutcome>;
}

type Run<Input extends z.ZodType> = (pool: Pool, input: z.output<Input>) => Promise<ApiOutcome> | ApiOutcome;

/** An operation that anyone, or anyone with an access token, may call. */
export function openOperation<Input extends z.ZodType>(schema: Input, run: Run<Input>): Operation {
  return { isSigned: false, run: checked(schema, run) };
}

/** An operation for AWS credentials. */
export function signedOperation<Input extends z.ZodType>(schema: Input, run: Run<Input>): Operation {
  return { isSigned: true, run: checked(schema, run) };
}

function checked<Input extends z.ZodType>(schema: Input, run: Run<Input>): Operation["run"] {
  return async (pool, raw) => {
    const input = schema.safeParse(raw);
    if (input.success) {
      return run(pool, input.data);
    }
    const problems = input.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    return { error: "InvalidParameterException", message: problems.join("; ") };
  };
}
