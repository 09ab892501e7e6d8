import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A module of this folder in a process of its own, so that its work is not counted as, or slowed by, another's. */
export interface Child {
  /** Sends one message. */
  send(message: object): void;
  /**
   * The next message.
   *
   * @throws when the process ends instead.
   */
  receive(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a module as a process that speaks by messages. */
export function startChild(module: string): Child {
  const child = fork(new URL(module, import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return {
    send: (message) => void child.send(message),
    receive: () => nextMessage(child, module),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill();
        await gone;
      }
    },
  };
}

function nextMessage(child: ChildProcess, module: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    function onMessage(message: unknown) {
      child.off("exit", onExit);
      resolve(message);
    }
    function onExit() {
      child.off("message", onMessage);
      reject(new Error(`${module} ended early`));
    }
    child.once("message", onMessage);
    child.once("exit", onExit);
  });
}
