import { gathered } from "./gathered.ts";

/**
 * A client broke off while its body was read. Thrown, for there is nobody left to answer: whoever reads a body need not
 * think of it, and the entry point tells it from a bug.
 */
export class ClientGone extends Error {}

/**
 * Reads a body whole, up to a limit: `undefined` when it is longer. The rest is not read, and memory is bounded
 * whatever `Content-Length` says.
 *
 * @throws ClientGone when a request ends before its body does.
 */
export async function readBounded(
  message: Request | Response,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const declared = message.headers.get("content-length");
  if (declared !== null && Number(declared) > limitBytes) {
    await message.body?.cancel();
    return undefined;
  }
  const read = gathered();
  if (message.body !== null) {
    const reader: ReadableStreamDefaultReader<Uint8Array> = message.body.getReader();
    const next = () => (message instanceof Request ? readOfClient(reader) : reader.read());
    for (let piece = await next(); !piece.done; piece = await next()) {
      if (read.bytes + piece.value.byteLength > limitBytes) {
        await reader.cancel();
        return undefined;
      }
      read.add(piece.value);
    }
  }
  return read.whole();
}

/** The only thing that fails here is the connection. workerd's error for it looks like one of a Durable Object. */
async function readOfClient(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch {
    throw new ClientGone();
  }
}
