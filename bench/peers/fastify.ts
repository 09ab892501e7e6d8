import { startChild } from "../child.ts";
import { cpuMicroseconds } from "../workerd.ts";
import type { Peer } from "./peer.ts";

/** fastify with its own JWT and proxy plugins, one process. */
export const FASTIFY: Peer = {
  name: "fastify, @fastify/jwt, @fastify/http-proxy",
  verifies: true,
  remark: "one process; verified tokens remembered (cache: true)",
  async start(setting) {
    const child = startChild("./peers/fastify-process.ts");
    try {
      child.send(setting);
      // fastify-process.ts answers with exactly this.
      const { port, pid } = (await child.receive()) as { port: number; pid: number };
      return { port, cpuMicroseconds: () => cpuMicroseconds(pid), stop: () => child.stop() };
    } catch (error) {
      await child.stop();
      throw error;
    }
  },
};
