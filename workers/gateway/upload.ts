import type { Upload } from "../../src/proxy/forward.ts";

/** Smaller bodies have arrived before a deadline that starts with them would make a difference. */
const SMALL_BODY_BYTES = 65_536;

/**
 * Watches a large body, or one of unknown length, on its way through: its bytes are moved by the runtime itself and
 * are not held, and a declared length stays declared. `undefined` for what is not worth it.
 */
export function watchUpload(request: Request): Upload | undefined {
  const source = request.body;
  if (source === null || request.method === "GET" || request.method === "HEAD") {
    return undefined; // a GET with a body can be copied, but not made
  }
  const declared = request.headers.get("content-length");
  const bytes = declared === null ? undefined : Number(declared);
  if (bytes !== undefined && bytes <= SMALL_BODY_BYTES) {
    return undefined;
  }
  const { readable, writable } =
    bytes === undefined ? new IdentityTransformStream() : new FixedLengthStream(bytes);
  return { body: readable, done: pump(source, writable) };
}

async function pump(source: ReadableStream, sink: WritableStream): ReturnType<() => Upload["done"]> {
  try {
    // Kept apart, the two sides tell which of them broke off.
    await source.pipeTo(sink, { preventAbort: true });
    return "sent";
  } catch (error) {
    const isSinkBroken = await sink.abort(error).then(
      () => false,
      () => true,
    );
    return isSinkBroken ? "origin_gone" : "client_gone";
  }
}
