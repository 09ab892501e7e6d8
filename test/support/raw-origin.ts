import { createServer, type AddressInfo, type Socket } from "node:net";
import { byteReader, readBody, readHead, type ByteReader, type Fields, type Message } from "./http1.ts";

/** An origin that writes down every request byte for byte, and answers with the very bytes it was told. */
export interface RawOrigin {
  readonly port: number;
  readonly url: string;
  /** Requests in order of arrival. */
  readonly arrivals: readonly Message[];
  /** How many connections have been opened. */
  readonly connections: () => number;
  /** Forgets the arrivals and answers like this from now on. */
  script(answer: Script): void;
  close(): Promise<void>;
}

/** What the origin does with a request. It gives the bytes of the answer, and `undefined` hangs up. */
export type Script =
  | {
      /** Reads the request whole first. */
      readonly answer: (request: Message) => Buffer | undefined;
      /** Hangs up after the answer. */
      readonly close?: boolean;
    }
  | {
      /** Has the connection to itself once the head is there. */
      readonly take: (
        socket: Socket,
        reader: ByteReader,
        head: { readonly startLine: string; readonly fields: Fields },
      ) => Promise<void>;
    };

const OK: Script = { answer: () => Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") };

/** Starts the origin on a free port. */
export async function startRawOrigin(): Promise<RawOrigin> {
  let script = OK;
  let connections = 0;
  const arrivals: Message[] = [];
  const sockets = new Set<Socket>();

  const serve = async (socket: Socket) => {
    const reader = byteReader(socket);
    for (;;) {
      const head = await readHead(reader);
      if (head === undefined) {
        return;
      }
      const inForce = script;
      if ("take" in inForce) {
        arrivals.push({ ...head, body: Buffer.alloc(0), trailers: [], framing: "none", complete: false });
        await inForce.take(socket, reader, head);
        continue;
      }
      const request = { ...head, ...(await readBody(reader, head)) };
      arrivals.push(request);
      const bytes = inForce.answer(request);
      if (bytes === undefined) {
        socket.destroy();
        return;
      }
      socket.write(bytes);
      if (inForce.close === true) {
        socket.end();
        return;
      }
    }
  };

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    arrivals,
    connections: () => connections,
    script(next) {
      arrivals.length = 0;
      script = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) {
          socket.destroy();
        }
        server.close(() => resolve());
      }),
  };
}
