import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";

/** Longer than any pooled client keeps an idle connection, so that a request never meets a closing socket. */
const KEEP_ALIVE_MS = 75_000;

/** A server that accepts connections on the loopback address. */
export interface Listening {
  readonly port: number;
  /** Stops listening and drops every connection, idle or not. May be called twice. */
  close(): Promise<void>;
}

/**
 * Serves `listener` on 127.0.0.1. Port 0 takes any free port.
 * Rejects with Node's own error (`EADDRINUSE`, `EACCES`) when the port cannot be had.
 */
export async function listen(port: number, listener: RequestListener): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: address !== null && typeof address === "object" ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
