import { connect } from "node:net";
import { OK_BODY } from "./origin.ts";

/** One round of load on one server. */
export interface LoadOrder {
  readonly port: number;
  readonly connections: number;
  readonly durationMs: number;
  /** Where in the list of requests to go on, so that a list longer than a round is used to its end. */
  readonly start: number;
}

/** What came of it. */
export interface LoadResult {
  /** Answers, each with status 200 and the origin's body. */
  readonly answers: number;
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** The first answer that was something else; the round then counts for nothing. */
  readonly wrong: string | undefined;
}

const MAX_ANSWER_BYTES = 16 * 1024;
const STATUS_BYTES = "HTTP/1.1 200".length;
const SUCCESS = Buffer.from("HTTP/1.1 200");
const ANSWER_END = Buffer.from(`\r\n\r\n${OK_BODY}`);
const CONNECTION_TIMEOUT_MS = 10_000;

/** Sends the requests in turn, one at a time on each connection, and looks at every answer: as little work as possible. */
async function load(order: LoadOrder, requests: readonly Buffer[]): Promise<LoadResult> {
  let next = order.start;
  let answers = 0;
  let wrong: string | undefined;
  const beganAtMs = performance.now();
  const endsAtMs = beganAtMs + order.durationMs;

  function run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const answer = Buffer.alloc(MAX_ANSWER_BYTES);
      let filled = 0;
      const socket = connect({
        port: order.port,
        host: "127.0.0.1",
        noDelay: true,
        onread: { buffer: Buffer.alloc(MAX_ANSWER_BYTES), callback: receive },
      });

      function send() {
        const request = requests[next % requests.length];
        next += 1;
        if (request !== undefined) {
          socket.write(request);
        }
      }

      function receive(bytes: number, buffer: Uint8Array): boolean {
        answer.set(buffer.subarray(0, bytes), filled);
        filled += bytes;
        if (filled < STATUS_BYTES) {
          return true;
        }
        if (SUCCESS.compare(answer, 0, STATUS_BYTES) !== 0) {
          wrong ??= answer.toString("latin1", 0, Math.min(filled, 200));
          socket.destroy();
          return false;
        }
        if (ANSWER_END.compare(answer, filled - ANSWER_END.length, filled) === 0) {
          filled = 0;
          answers += 1;
          if (performance.now() < endsAtMs && wrong === undefined) {
            send();
          } else {
            socket.end();
          }
        }
        return true;
      }

      socket.setTimeout(CONNECTION_TIMEOUT_MS, () =>
        socket.destroy(new Error("no whole answer within 10 s")),
      );
      socket.once("connect", send);
      socket.once("error", reject);
      socket.once("close", () => resolve());
    });
  }

  try {
    await Promise.all(Array.from({ length: order.connections }, run));
  } catch (error) {
    wrong ??= error instanceof Error ? error.message : "the connection broke";
  }
  return { answers, elapsedMs: performance.now() - beganAtMs, wrong };
}

/** As a process of its own (child.ts): first gets the requests, then orders, and answers each with its result. */
if (process.send !== undefined && import.meta.main) {
  process.once("disconnect", () => process.exit());
  let requests: readonly Buffer[] = [];
  const answer = async (message: { requests: readonly string[] } | { order: LoadOrder }): Promise<void> => {
    if ("requests" in message) {
      requests = message.requests.map((text) => Buffer.from(text, "latin1"));
      process.send?.({ ready: requests.length });
    } else {
      process.send?.({ result: await load(message.order, requests) });
    }
  };
  // Only bench/generator.ts speaks to this process.
  process.on("message", (message: { requests: readonly string[] } | { order: LoadOrder }) => {
    void answer(message);
  });
}
