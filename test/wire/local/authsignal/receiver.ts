import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedEvent {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as JSON. */
  readonly event: {
    readonly id?: string;
    readonly type?: string;
    readonly data?: Record<string, unknown>;
    readonly records?: readonly {
      readonly id: string;
      readonly type: string;
      readonly record: Record<string, unknown>;
    }[];
  };
}

/** What a webhook of the stand-in reaches: it keeps what comes, and answers as it is told. */
export class Receiver {
  readonly received: ReceivedEvent[] = [];
  /** What is answered, one after the other; the last one for ever. "hang": nothing is. */
  answers: (number | "hang")[] = [200];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        const { url: path = "", headers } = request;
        // The stand-in sends JSON; a test that asks for more will fail on it.
        this.received.push({ path, headers, body, event: JSON.parse(body) as ReceivedEvent["event"] });
        const answer = (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? 200;
        if (answer !== "hang") {
          response.writeHead(answer).end("noted");
        }
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  url(path: string): string {
    // A server that listens on TCP has an address object.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Forgets what came and answers 200 again. */
  clear(): void {
    this.received.length = 0;
    this.answers = [200];
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
