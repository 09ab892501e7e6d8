import * as z from "zod/mini";
import { isLocalHost } from "../http/settings.ts";
import { UsageProblem } from "./command.ts";

/** Asks an admin endpoint of a running Worker; gives the JSON of its answer. Throws `UsageProblem` when it refuses. */
export type AskAdmin = (
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly json: unknown }>;

/** Where the credential comes from: not the command line, which other users of the machine can read. */
export const ADMIN_KEY_VARIABLE = "SALLYPORT_ADMIN_KEY";

/** What every command that uses an admin endpoint says in its help. */
export const ADMIN_HELP = `The environment variable ${ADMIN_KEY_VARIABLE} holds the service key (the Worker's ADMIN_KEY), or a
Cognito token of a user in the group ADMIN_GROUP.`;

const TIMEOUT_MS = 30_000;
const Problem = z.object({ code: z.string(), title: z.string() });

/**
 * A client of the admin endpoints.
 *
 * @param url the Worker's address: https, or http on this machine; its path is dropped.
 * @param key what `SALLYPORT_ADMIN_KEY` holds.
 */
export function adminClient(url: string, key: string | undefined): AskAdmin {
  if (key === undefined || key === "") {
    throw new UsageProblem(
      `${ADMIN_KEY_VARIABLE} must hold the service key or an administrator's Cognito token`,
    );
  }
  if (!URL.canParse(url) || !isSafe(new URL(url))) {
    throw new UsageProblem(`"${url}" must be an https address (http only on this machine)`);
  }
  return async (method, path, body) => {
    const answer = await ask(new URL(path, url), key, method, body);
    const json: unknown = await answer.json().catch(() => undefined);
    if (answer.status >= 400 && answer.status !== 404 && answer.status !== 409) {
      const problem = Problem.safeParse(json).data;
      const said = problem === undefined ? "" : `: ${problem.title} (${problem.code})`;
      throw new UsageProblem(`${url} answered ${answer.status}${said}`);
    }
    return { status: answer.status, json };
  };
}

/** The key goes nowhere else: redirects are not followed. */
async function ask(url: URL, key: string, method: string, body: unknown): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new UsageProblem(`${url.origin} does not answer`);
  }
}

function isSafe(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLocalHost(url.hostname));
}
