import * as z from "zod";
import type { Pool } from "../pool.ts";
import type { User } from "../users.ts";
import { type ApiError, type ApiOutcome, USER_NOT_FOUND } from "./errors.ts";
import { type Operation, signedOperation } from "./operation.ts";

/** The members that name a pool. */
export const poolInput = { UserPoolId: z.string() };

/** The members that name a user. */
export const userInput = { ...poolInput, Username: z.string().min(1).max(128) };

type Run<Input, Subject extends unknown[]> = (
  pool: Pool,
  input: Input,
  ...subject: Subject
) => Promise<ApiOutcome> | ApiOutcome;

/** An Admin operation about the pool that is named. */
export function onPool<Input extends z.ZodType<{ UserPoolId: string }>>(
  schema: Input,
  run: Run<z.output<Input>, []>,
): Operation {
  return signedOperation(schema, (pool, input) => poolProblem(pool, input.UserPoolId) ?? run(pool, input));
}

/** An Admin operation about one user, by name, sub or alias. */
export function onUser<Input extends z.ZodType<{ UserPoolId: string; Username: string }>>(
  schema: Input,
  run: Run<z.output<Input>, [User]>,
): Operation {
  return onPool(schema, (pool, input) => {
    const user = pool.store.findUser(input.Username);
    return user === undefined ? USER_NOT_FOUND : run(pool, input, user);
  });
}

function poolProblem(pool: Pool, userPoolId: string): ApiError | undefined {
  return userPoolId === pool.userPoolId
    ? undefined
    : { error: "ResourceNotFoundException", message: `User pool ${userPoolId} does not exist.` };
}

/** A user as Admin answers and lists describe them; times are seconds. */
export function userSummary(user: User): Readonly<Record<string, unknown>> {
  return {
    Username: user.username,
    UserCreateDate: user.createdAtMs / 1000,
    UserLastModifiedDate: user.modifiedAtMs / 1000,
    Enabled: user.enabled,
    UserStatus: user.status,
  };
}
