import { connect, type Socket } from "node:net";
import { byteReader, readMessage, type ByteReader, type Message } from "./http1.ts";

/** What came back for one request. */
export interface RawAnswer {
  /** 1xx answers before the final one. */
  readonly interim: readonly Message[];
  /** The final answer; `undefined` when the connection ended without one. */
  readonly final: Message | undefined;
}

/** Opens a connection to this machine; errors end it and are not thrown. */
export function openRaw(port: number): Promise<{ readonly socket: Socket; readonly reader: ByteReader }> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve({ socket, reader }));
    const reader = byteReader(socket);
    socket.setNoDelay(true);
  });
}

/** Sends bytes as they are on a connection of their own, and reads one answer. */
export async function sendRaw(port: number, bytes: Buffer | string): Promise<RawAnswer> {
  const { socket, reader } = await openRaw(port);
  const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  socket.write(data);
  const answer = await readAnswer(reader, data.subarray(0, 5).toString("latin1") === "HEAD ");
  socket.destroy();
  return answer;
}

/** Reads an answer with the 1xx ones before it. */
export async function readAnswer(reader: ByteReader, toHead: boolean): Promise<RawAnswer> {
  const interim: Message[] = [];
  for (;;) {
    const message = await readMessage(reader, (line) => toHead || /^HTTP\/1\.1 (?:1\d\d|204|304)/.test(line));
    if (message === undefined || !/^HTTP\/1\.1 1\d\d/.test(message.startLine) || statusOf(message) === 101) {
      return { interim, final: message };
    }
    interim.push(message);
  }
}

/** The status code of an answer; 0 when there was none. */
export function statusOf(message: Message | undefined): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(message?.startLine ?? "")?.[1] ?? 0);
}
