import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { mishaps, type Mishaps } from "./mishaps.ts";

/**
 * How a service fails: it refuses, cuts the connection, does what it is asked and cuts it then, does it and answers when
 * nobody waits any more, or says nothing.
 */
export type ServiceWay = "refused" | "reset" | "lost" | "late" | "hanging";

/** A service that does what it is asked, but for now and then. */
export interface Service {
  readonly url: string;
  /** How often it failed in each way. */
  readonly failures: ReadonlyMap<ServiceWay, number>;
  /** While it is down it refuses everything. */
  setDown(isDown: boolean): void;
  /** From now on it does what it is asked. */
  calm(): void;
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** The mark of what is asked; undefined when it is nothing that this service does. */
  readonly markOf: (request: IncomingMessage, body: string) => string | undefined;
  readonly answer: ServiceAnswer;
  readonly refusal: ServiceAnswer;
  /** Only the first request of each mark fails by them. */
  readonly mishaps: readonly Mishaps<ServiceWay>[];
  readonly random: () => number;
  readonly onDone: (mark: string, isAnswered: boolean) => void;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly json?: object;
}

/** Longer than any caller's deadline. */
const LATE_MS = 6_500;

export async function startService(options: ServiceOptions): Promise<Service> {
  const { markOf, onDone } = options;
  const next = mishaps(options.mishaps, options.random);
  const tried = new Set<string>();
  const failures = new Map<ServiceWay, number>();
  let isDown = false;
  let isCalm = false;

  function wayOf(mark: string): ServiceWay | undefined {
    const isFirst = !isDown && !tried.has(mark);
    if (isFirst) {
      tried.add(mark);
    }
    const way = isDown ? "refused" : isFirst && !isCalm ? next() : undefined;
    if (way !== undefined) {
      failures.set(way, (failures.get(way) ?? 0) + 1);
    }
    return way;
  }

  const server = createServer((request, response) => {
    const reply = ({ status, json }: ServiceAnswer) =>
      response
        .writeHead(status, { "Content-Type": "application/json" })
        .end(json === undefined ? undefined : JSON.stringify(json));

    function serve(body: string): void {
      const mark = markOf(request, body);
      if (mark === undefined) {
        reply({ status: 404 });
        return;
      }
      const way = wayOf(mark);
      switch (way) {
        case "refused":
          reply(options.refusal);
          break;
        case "reset":
          request.socket.destroy();
          break;
        case "lost":
          onDone(mark, false);
          request.socket.destroy();
          break;
        case "late":
          onDone(mark, false);
          setTimeout(() => reply(options.answer), LATE_MS).unref();
          break;
        case "hanging":
          break;
        case undefined:
          onDone(mark, true);
          reply(options.answer);
          break;
      }
    }

    // A request that broke off was not made.
    text(request).then(serve, () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    failures,
    setDown: (down) => {
      isDown = down;
    },
    calm: () => {
      isCalm = true;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
