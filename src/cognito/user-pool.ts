import * as z from "zod/mini";
import { readBounded } from "../http/body.ts";
import type { Sub } from "../identity/principal.ts";
import { signedFetch, type AwsCredentials } from "./signed-fetch.ts";

/**
 * The user pool API, as far as reactions need it. Each call gives why it has to be tried again, or nothing once it is
 * done; a user who does not exist has nothing to be ended. None rejects, and none of the reasons holds a secret.
 */
export interface UserPool {
  /** AdminUserGlobalSignOut: refresh tokens end, and Cognito's own APIs refuse the user's tokens (cognito.md 3.4). */
  readonly signOut: (sub: Sub) => Promise<string | undefined>;
  /** AdminDisableUser: the same, and no new sign-in succeeds. */
  readonly disable: (sub: Sub) => Promise<string | undefined>;
}

export interface UserPoolOptions extends AwsCredentials {
  /** Such as `https://cognito-idp.eu-west-1.amazonaws.com`. */
  readonly apiUrl: string;
  /** Such as `eu-west-1_AbCdEfGhI`: what is before the underscore is the region. */
  readonly userPoolId: string;
  readonly fetch: typeof fetch;
  /** Resolves when it is a call's turn. */
  readonly turn: () => Promise<void>;
}

const DEADLINE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

type Answer =
  | { readonly kind: "done"; readonly json: unknown }
  | { readonly kind: "no-such-user" }
  | { readonly kind: "again"; readonly reason: string };

const Failure = z.object({ __type: z.string() });
const Users = z.object({ Users: z.array(z.object({ Username: z.string() })) });

/**
 * The API of one pool, each call signed (SigV4 by aws4fetch) and bounded in time. Cognito allows some 25 such calls a
 * second for the whole account (cognito.md 3.6), so calls wait for their turn; nothing is retried here: whoever is told
 * to wait all the same, waits in the queue.
 */
export function userPool(options: UserPoolOptions): UserPool {
  return {
    signOut: (sub) => onUser("AdminUserGlobalSignOut", sub, options),
    disable: (sub) => onUser("AdminDisableUser", sub, options),
  };
}

/**
 * A `sub` names a local user. Who signs in by another provider is only found under the pool's own user name, which is
 * then looked up.
 */
async function onUser(operation: string, sub: Sub, options: UserPoolOptions): Promise<string | undefined> {
  const first = await ask(operation, { Username: sub }, options);
  if (first.kind !== "no-such-user") {
    return reasonOf(first);
  }
  // The pattern of a `Sub` leaves nothing that could end the quoted text.
  const found = await ask("ListUsers", { Filter: `sub = "${sub}"`, Limit: 1 }, options);
  if (found.kind !== "done") {
    return reasonOf(found);
  }
  const username = Users.safeParse(found.json).data?.Users[0]?.Username;
  return username === undefined ? undefined : reasonOf(await ask(operation, { Username: username }, options));
}

function reasonOf(answer: Answer): string | undefined {
  return answer.kind === "again" ? answer.reason : undefined;
}

async function ask(operation: string, input: object, options: UserPoolOptions): Promise<Answer> {
  await options.turn();
  try {
    const region = options.userPoolId.split("_")[0] ?? "";
    const response = await signedFetch(
      options,
      region,
      options.fetch,
    )(new URL("/", options.apiUrl).href, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify({ UserPoolId: options.userPoolId, ...input }),
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return await read(response, operation);
  } catch {
    return { kind: "again", reason: `Cognito did not answer ${operation}` };
  }
}

/** Throttling is a 400 too; of an error only its type is read (cognito.md 3). */
async function read(response: Response, operation: string): Promise<Answer> {
  const bytes = await readBounded(response, MAX_ANSWER_BYTES);
  const json: unknown = bytes === undefined ? undefined : parse(new TextDecoder().decode(bytes));
  if (response.status === 200 && json !== undefined) {
    return { kind: "done", json };
  }
  const type = Failure.safeParse(json).data?.__type.split("#").at(-1) ?? `status ${response.status}`;
  return type === "UserNotFoundException"
    ? { kind: "no-such-user" }
    : { kind: "again", reason: `Cognito answered ${operation} with ${type.slice(0, 64)}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
