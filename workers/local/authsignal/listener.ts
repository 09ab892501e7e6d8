import type { AddressInfo } from "node:net";
import type { createAdaptorServer } from "@hono/node-server";

type Server = ReturnType<typeof createAdaptorServer>;

/** A server on 127.0.0.1 that can be away for a while and come back on the same port. */
export class Listener {
  readonly #server: Server;
  #port = 0;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a port; 0: any free one. Returns it. Rejects with the `listen` error when it is taken. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    // A server that listens on TCP has an address object.
    this.#port = (this.#server.address() as AddressInfo).port;
    return this.#port;
  }

  /** Breaks every connection and refuses new ones for a while. */
  refuseFor(durationMs: number): void {
    clearTimeout(this.#timer);
    void this.#stop();
    this.#timer = setTimeout(() => {
      if (!this.#isClosed) {
        // Nobody else takes the port in the meantime, or nothing can be done about it.
        this.listen(this.#port).catch(() => undefined);
      }
    }, durationMs);
  }

  /** Ends at once, requests that hang included. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#stop();
  }

  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    if ("closeAllConnections" in this.#server) {
      this.#server.closeAllConnections();
    }
    await closed;
  }
}
