import type { Socket } from "node:net";

/** Header fields as on the wire: names with their case, repeated ones apart, in order. Bytes are Latin-1. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** One HTTP/1.1 message as its bytes said it. */
export interface Message {
  readonly startLine: string;
  readonly fields: Fields;
  readonly body: Buffer;
  readonly trailers: Fields;
  /** How the body was framed. */
  readonly framing: "none" | "length" | "chunked" | "close";
  /** False when the connection ended before the message did. */
  readonly complete: boolean;
}

/** Reads a connection piece by piece, whatever the packets were. */
export interface ByteReader {
  /** A line without its end; `undefined` when the connection ended first. */
  line(): Promise<string | undefined>;
  /** At most `count` bytes: fewer only at the end of the connection. */
  bytes(count: number): Promise<Buffer>;
  /** Whatever comes next, at least one byte; empty at the end. */
  some(): Promise<Buffer>;
}

/** Takes a socket's bytes; errors of the connection count as its end. */
export function byteReader(socket: Socket): ByteReader {
  let held: Buffer = Buffer.alloc(0);
  let coming: Buffer[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const end = () => {
    ended = true;
    wake?.();
  };
  socket.on("data", (chunk: Buffer) => {
    coming.push(chunk);
    wake?.();
  });
  socket.on("end", end);
  socket.on("close", end);
  socket.on("error", end);
  /** Takes what has come meanwhile; all at once, because joining every packet to the last would be slow. */
  const gather = () => {
    if (coming.length > 0) {
      held = Buffer.concat([held, ...coming]);
      coming = [];
    }
  };
  const more = async () => {
    if (coming.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
    gather();
  };
  const isOver = () => ended && coming.length === 0;
  const take = (count: number) => {
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  return {
    async line() {
      for (;;) {
        const at = held.indexOf("\n");
        if (at >= 0) {
          return take(at + 1)
            .toString("latin1")
            .replace(/\r?\n$/, "");
        }
        if (isOver()) {
          return undefined;
        }
        await more();
      }
    },
    async bytes(count) {
      while (held.length < count && !isOver()) {
        await more();
      }
      return take(count);
    },
    async some() {
      while (held.length === 0 && !isOver()) {
        await more();
      }
      return take(held.length);
    },
  };
}

/** A message's start line and fields; `undefined` when the connection ended before they did. */
export async function readHead(
  reader: ByteReader,
): Promise<{ readonly startLine: string; readonly fields: Fields } | undefined> {
  const startLine = await reader.line();
  const fields = startLine === undefined ? undefined : await readFields(reader);
  return startLine === undefined || fields === undefined ? undefined : { startLine, fields };
}

/** A whole message. `bodyless` is for what only the request tells: answers to HEAD, and 204 and 304. */
export async function readMessage(
  reader: ByteReader,
  bodyless: (startLine: string) => boolean,
): Promise<Message | undefined> {
  const head = await readHead(reader);
  if (head === undefined) {
    return undefined;
  }
  const body = bodyless(head.startLine)
    ? { body: Buffer.alloc(0), trailers: [], framing: "none" as const, complete: true }
    : await readBody(reader, head);
  return { ...head, ...body };
}

/** The values of a field, in order. */
export function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** Writes a start line and fields as bytes. */
export function headBytes(startLine: string, fields: Fields): Buffer {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${startLine}\r\n${lines.join("")}\r\n`, "latin1");
}

/** Writes a body as chunks (RFC 9112 section 7.1), with trailers. */
export function chunkedBytes(chunks: readonly Buffer[], trailers: Fields = []): Buffer {
  const parts = chunks
    .filter((chunk) => chunk.length > 0)
    .flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]);
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([...parts, Buffer.from(`0\r\n${lines.join("")}\r\n`, "latin1")]);
}

async function readFields(reader: ByteReader): Promise<Fields | undefined> {
  const fields: [string, string][] = [];
  for (;;) {
    const line = await reader.line();
    if (line === undefined) {
      return undefined;
    }
    if (line === "") {
      return fields;
    }
    const colon = line.indexOf(":");
    fields.push([line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "")]);
  }
}

/** What follows a head, as the head says. */
export async function readBody(
  reader: ByteReader,
  { startLine, fields }: { readonly startLine: string; readonly fields: Fields },
): Promise<Pick<Message, "body" | "trailers" | "framing" | "complete">> {
  if (valuesOf(fields, "transfer-encoding").some((value) => /chunked/i.test(value))) {
    return readChunks(reader);
  }
  const length = valuesOf(fields, "content-length")[0];
  if (length !== undefined) {
    const body = await reader.bytes(Number(length));
    return { body, trailers: [], framing: "length", complete: body.length === Number(length) };
  }
  if (!startLine.startsWith("HTTP/")) {
    return { body: Buffer.alloc(0), trailers: [], framing: "none", complete: true };
  }
  const parts: Buffer[] = [];
  for (let part = await reader.some(); part.length > 0; part = await reader.some()) {
    parts.push(part);
  }
  return { body: Buffer.concat(parts), trailers: [], framing: "close", complete: true };
}

async function readChunks(
  reader: ByteReader,
): Promise<Pick<Message, "body" | "trailers" | "framing" | "complete">> {
  const chunks: Buffer[] = [];
  for (;;) {
    const size = Number.parseInt((await reader.line()) ?? "", 16);
    if (Number.isNaN(size)) {
      return { body: Buffer.concat(chunks), trailers: [], framing: "chunked", complete: false };
    }
    if (size === 0) {
      const trailers = await readFields(reader);
      return {
        body: Buffer.concat(chunks),
        trailers: trailers ?? [],
        framing: "chunked",
        complete: trailers !== undefined,
      };
    }
    chunks.push(await reader.bytes(size));
    await reader.line();
  }
}
