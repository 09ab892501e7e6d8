import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { ROOT } from "../../workers/local/build.ts";
import { freePort } from "../../workers/local/free-port.ts";

/** An existing app, running as its own process, as anyone would run it. */
export interface App {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a program of an npm package and waits until it listens.
 *
 * @param script its path below `node_modules`.
 * @param start gives its arguments and environment for a port.
 */
export async function startApp(
  script: string,
  start: (port: number) => {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<App> {
  const port = await freePort();
  const { args = [], env = {} } = start(port);
  const child = spawn(process.execPath, [join(ROOT, "node_modules", script), ...args], {
    env: { ...process.env, ...env },
    stdio: "ignore",
  });
  const gone = once(child, "exit");
  await Promise.race([
    listens(port),
    gone.then(() => {
      throw new Error(`${script} ended before it listened`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Runs a program of an npm package to its end. */
export async function runApp(script: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, "node_modules", script), ...args], { stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) {
    throw new Error(`${script} ended with ${String(code)}`);
  }
}

const RETRY_MS = 50;

async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) {
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
}
