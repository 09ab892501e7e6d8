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
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (message.body !== null) {
    const reader: ReadableStreamDefaultReader<Uint8Array> = message.body.getReader();
    const next = () => (message instanceof Request ? readOfClient(reader) : reader.read());
    for (let read = await next(); !read.done; read = await next()) {
      bytes += read.value.byteLength;
      if (bytes > limitBytes) {
        await reader.cancel();
        return undefined;
      }
      chunks.push(read.value);
    }
  }
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
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
