/**
 * Reads a body whole, up to a limit: `undefined` when it is longer. The rest is not read, and memory is bounded
 * whatever `Content-Length` says.
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
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
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
