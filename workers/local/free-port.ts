import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Drawn from below the ports that a system gives to outgoing connections (32768 and up on Linux), so that none of them
 * takes the port between its choice and its use.
 */
const FIRST_PORT = 10_240;
const END_PORT = 32_768;

/**
 * A port of loopback that is free now: the public origins hold the gateway's, so it must be known before the start.
 *
 * @throws Node's error when this machine lets nothing listen at all.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, END_PORT);
    if (await isFree(port)) {
      return port;
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error),
    );
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
