import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Failure, FromChild, ToChild } from "./messages.ts";

/** What came of an invocation: the payload as the function gave it, or what it raised. */
export type Outcome = { readonly payload: string } | { readonly failure: Failure };

/** One function in a process of its own. */
export interface Environment {
  invoke(event: unknown): Promise<Outcome>;
  close(): Promise<void>;
}

/**
 * Starts a process that loads a bundle with these environment variables and no others.
 * A call that takes longer than `timeoutMs` ends the process, as Lambda does; the next call starts another.
 */
export function startEnvironment(options: {
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly onLog: (line: string) => void;
}): Environment {
  let child: ChildProcess | undefined;
  let ready: Promise<Failure | undefined> | undefined;
  let lastId = 0;
  const waiting = new Map<number, (outcome: Outcome) => void>();

  const end = (failure: Failure): void => {
    child?.kill("SIGKILL");
    child = undefined;
    ready = undefined;
    for (const settle of waiting.values()) {
      settle({ failure });
    }
    waiting.clear();
  };

  const start = (): Promise<Failure | undefined> =>
    new Promise((resolve) => {
      const own = fork(join(import.meta.dirname, "child.ts"), [options.bundle], {
        env: { ...options.env },
        execArgv: [],
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        serialization: "advanced",
      });
      child = own;
      for (const stream of [own.stdout, own.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
          text.split("\n").filter(Boolean).forEach(options.onLog);
        });
      }
      own.on("message", (message) => {
        const said = message as FromChild; // only the child writes here
        if ("ready" in said) {
          resolve(said.ready ? undefined : said.failure);
          return;
        }
        waiting.get(said.id)?.(said);
        waiting.delete(said.id);
      });
      own.once("exit", () => {
        const failure = { errorType: "Runtime.ExitError", errorMessage: "The runtime exited." };
        resolve(failure);
        if (child === own) {
          end(failure);
        }
      });
    });

  return {
    async invoke(event) {
      ready ??= start();
      const failure = await ready;
      if (failure !== undefined) {
        end(failure); // a bundle that cannot start is tried anew the next time
        return { failure };
      }
      lastId += 1;
      const id = lastId;
      const outcome = new Promise<Outcome>((resolve) => {
        waiting.set(id, resolve);
      });
      child?.send({ id, event } satisfies ToChild);
      const seconds = (options.timeoutMs / 1000).toFixed(2);
      const timer = setTimeout(() => {
        end({ errorType: "Sandbox.Timedout", errorMessage: `Task timed out after ${seconds} seconds` });
      }, options.timeoutMs);
      try {
        return await outcome;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      const own = child;
      end({ errorType: "Runtime.ExitError", errorMessage: "The runtime was closed." });
      if (own !== undefined && own.exitCode === null && own.signalCode === null) {
        await new Promise((resolve) => {
          own.once("exit", resolve);
        });
      }
    },
  };
}
