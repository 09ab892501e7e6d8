import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { cpuMicroseconds } from "../workerd.ts";
import type { RunningPeer } from "./peer.ts";

const START_DEADLINE_MS = 10_000;
const RETRY_MS = 20;
const STOP_DEADLINE_MS = 5_000;

/** The first of these paths that exists. */
export async function installed(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) {
      return path;
    }
  }
  return undefined;
}

/**
 * Starts a program in the foreground, in a process group of its own, and waits until its port accepts.
 *
 * @throws with its own words when it does not.
 */
export async function startDaemon(
  path: string,
  options: readonly string[],
  port: number,
): Promise<RunningPeer> {
  const child = spawn(path, options, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2_000);
    });
  }
  const { pid } = child;
  if (pid === undefined) {
    throw new Error(`${path} could not be started`);
  }
  const gone = once(child, "exit");
  const killGroup = () => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // the whole group has ended already
    }
  };
  process.once("exit", killGroup); // whatever becomes of the bench, it leaves no process
  async function stop() {
    child.kill("SIGTERM");
    const late = setTimeout(killGroup, STOP_DEADLINE_MS);
    if (child.exitCode === null && child.signalCode === null) {
      await gone;
    }
    clearTimeout(late);
    killGroup();
    process.off("exit", killGroup);
  }
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`${path} did not start: ${words}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
  return { port, cpuMicroseconds: () => groupCpuMicroseconds(pid), stop };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** The CPU time of every process of a group: masters and their workers. */
async function groupCpuMicroseconds(group: number): Promise<number> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const used = await Promise.all(
    names.map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
      // proc(5): after the name in parentheses come state, parent and process group.
      const owner = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
      return owner === group ? cpuMicroseconds(Number(name)) : 0;
    }),
  );
  return used.reduce((sum, one) => sum + one, 0);
}
