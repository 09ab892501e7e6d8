import type { Upload } from "../../src/proxy/forward.ts";

/**
 * Watches a body on its way through, so that a client that breaks off is told from an app that does: its bytes are
 * moved by the runtime itself and are not held, and a declared length stays declared. `undefined` where there is none.
 */
export function watchUpload(request: Request): Upload | undefined {
  const source = request.body;
  if (source === null || request.method === "GET" || request.method === "HEAD") {
    return undefined; // a GET with a body can be copied, but not made
  }
  const declared = request.headers.get("content-length");
  const { readable, writable } =
    declared === null ? new IdentityTransformStream() : new FixedLengthStream(Number(declared));
  const broken = new AbortController();
  return { body: readable, broken: broken.signal, done: pump(source, writable, broken) };
}

async function pump(
  source: ReadableStream,
  sink: WritableStream,
  broken: AbortController,
): ReturnType<() => Upload["done"]> {
  try {
    // Kept apart, the two sides tell which of them broke off.
    await source.pipeTo(sink, { preventAbort: true });
    return "sent";
  } catch {
    if (sink.getWriter().desiredSize === null) {
      return "origin_gone";
    }
    // Not by the sink: to abort that would end a body of unknown length like one that is whole.
    broken.abort();
    return "client_gone";
  }
}
