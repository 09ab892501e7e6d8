import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Where alerts arrive: it fails now and then, in every way that a service can, and can be down. */
export interface Sink {
  readonly url: string;
  /** How often each alert was accepted, by its id. */
  readonly accepted: ReadonlyMap<string, number>;
  /** How many requests were refused, cut or left hanging. */
  readonly failures: () => number;
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

const SHARE_REFUSED = 0.02;
const SHARE_RESET = 0.02;
/** Each costs the sender its whole deadline. */
const SHARE_HANGING = 0.0005;

/** Starts a sink whose first answer to some alerts is none. */
export async function startSink(random: () => number): Promise<Sink> {
  const accepted = new Map<string, number>();
  const failed = new Set<string>();
  let failures = 0;
  let isDown = false;
  const server = createServer((request, response) => {
    const id = String(request.headers["idempotency-key"]);
    request.resume();
    request.once("end", () => {
      const isFirst = !failed.has(id) && !accepted.has(id);
      const way = isDown ? "refuse" : isFirst ? wayToFail(random()) : undefined;
      if (way !== undefined) {
        failed.add(id);
        failures += 1;
        if (way === "refuse") {
          response.writeHead(503).end();
        } else if (way === "reset") {
          request.socket.destroy();
        }
        return; // left hanging until the sender's deadline
      }
      accepted.set(id, (accepted.get(id) ?? 0) + 1);
      response.writeHead(204).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/alerts`,
    accepted,
    failures: () => failures,
    setDown: (next) => {
      isDown = next;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function wayToFail(chance: number): "refuse" | "reset" | "hang" | undefined {
  if (chance < SHARE_REFUSED) {
    return "refuse";
  }
  if (chance < SHARE_REFUSED + SHARE_RESET) {
    return "reset";
  }
  return chance < SHARE_REFUSED + SHARE_RESET + SHARE_HANGING ? "hang" : undefined;
}
