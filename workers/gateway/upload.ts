import { ClientGone } from "../../src/http/body.ts";
import type { Upload } from "../../src/proxy/forward.ts";

/** What fits into one TLS record (RFC 8446 section 5.1) comes, as a rule, with its request. */
const AT_ONCE_BYTES = 16_384;
/** How long a request waits for a body that may come with it, before it goes on ahead. */
const AHEAD_MS = 20;
/** How long a fetch whose upload has failed may fail by itself, before the client is taken to have broken off. */
const ORIGIN_FIRST_MS = 100;

type Begun = Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>;

/**
 * Takes a request's body on to the origin; `undefined` where there is none. A small one that came with its request goes
 * on as it is. Every other is watched on its way, so that a client that breaks off is told from an app that does: its
 * bytes are moved by the runtime itself and are not held, and a declared length stays declared.
 *
 * @throws ClientGone when a small body breaks off before anything of the request has gone on.
 */
export function takeUpload(request: Request): Upload | Promise<Upload> | undefined {
  const source: ReadableStream<Uint8Array<ArrayBuffer>> | null = request.body;
  if (source === null || request.method === "GET" || request.method === "HEAD") {
    return undefined; // a GET with a body can be copied, but not made
  }
  const { headers } = request;
  // Beside a transfer coding a length says nothing (RFC 9112 section 6.3).
  const declared = headers.has("transfer-encoding") ? null : headers.get("content-length");
  if (declared === null) {
    return watched(source, new IdentityTransformStream());
  }
  const length = Number(declared);
  return length > 0 && length <= AT_ONCE_BYTES
    ? takeAtOnce(source, length)
    : watched(source, withLength(length));
}

/** A length that no number can hold is one that nobody sends: the body breaks off like one of unknown length. */
function withLength(length: number): TransformStream {
  return Number.isSafeInteger(length) ? new FixedLengthStream(length) : new IdentityTransformStream();
}

function takeAtOnce(source: ReadableStream<Uint8Array<ArrayBuffer>>, length: number): Promise<Upload> {
  const reader = source.getReader({ mode: "byob" });
  const first: Begun = reader.read(new Uint8Array(length));
  const onAhead = () => {
    const begun = first.finally(() => reader.releaseLock());
    return watched(source, new FixedLengthStream(length), begun);
  };
  return new Promise((resolve, reject) => {
    let isTaken = false;
    const take = (upload: () => Upload) => {
      if (!isTaken) {
        isTaken = true;
        resolve(upload());
      }
    };
    first.then(
      ({ value }) => take(() => (value?.byteLength === length ? { body: value } : onAhead())),
      () => reject(new ClientGone()),
    );
    setTimeout(() => take(onAhead), AHEAD_MS);
  });
}

function watched(
  source: ReadableStream,
  { readable, writable }: { readonly readable: ReadableStream; readonly writable: WritableStream },
  begun?: Begun,
): Upload {
  const broken = new AbortController();
  const done = pump(source, writable, broken, begun);
  return { body: readable, watch: { broken: broken.signal, done } };
}

async function pump(
  source: ReadableStream,
  sink: WritableStream,
  broken: AbortController,
  begun: Begun | undefined,
): Promise<"sent" | "client_gone" | "origin_gone"> {
  try {
    const first = (await begun)?.value;
    if (first !== undefined) {
      const writer = sink.getWriter();
      await writer.write(first);
      writer.releaseLock();
    }
    // Kept apart, the two sides tell which of them broke off.
    await source.pipeTo(sink, { preventAbort: true });
    return "sent";
  } catch {
    if (sink.locked || sink.getWriter().desiredSize === null) {
      return "origin_gone"; // only its writer's failure leaves it locked
    }
    // An app that hangs up may look like a client that does, but its fetch fails by itself.
    await new Promise((resolve) => setTimeout(resolve, ORIGIN_FIRST_MS));
    // Not by the sink: to abort that would end a body of unknown length like one that is whole.
    broken.abort();
    return "client_gone";
  }
}
