const NO_BODY = new Set([204, 205, 304]);

/**
 * Whether an answer may go on for as long as it likes: an event stream, or a body whose length nobody announced
 * (NDJSON, gRPC-Web, `multipart/x-mixed-replace`, whatever an app streams). What has a length ends by itself.
 */
export function isEndless(answer: Response): boolean {
  const type = answer.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return (
    answer.body !== null &&
    !NO_BODY.has(answer.status) &&
    (type === "text/event-stream" || !answer.headers.has("content-length"))
  );
}

/**
 * Puts the gateway between an app and the reader of its stream, so that it can be ended: bytes pass as they come, the
 * runtime moves them. When `cut` resolves with `true` the stream ends like one that is over, and the app's connection
 * is closed.
 *
 * @param answer the origin's; its bytes must be as they came on the wire (`encodeResponseBody: "manual"`).
 */
export function relayStream(answer: Response, cut: (gone: AbortSignal) => Promise<boolean>): Response {
  if (answer.body === null) {
    return answer;
  }
  const { readable, writable } = new IdentityTransformStream();
  const gone = new AbortController();
  const ended = new AbortController();
  void pump(answer.body, writable, ended.signal).finally(() => gone.abort());
  void cut(gone.signal).then((isCut) => {
    if (isCut) {
      ended.abort();
    }
  });
  return new Response(readable, {
    status: answer.status,
    statusText: answer.statusText,
    headers: answer.headers,
    encodeBody: "manual",
  });
}

/** Moves a body; a cut ends it cleanly, a break on either side breaks the other. */
async function pump(source: ReadableStream, sink: WritableStream, ended: AbortSignal): Promise<void> {
  try {
    await source.pipeTo(sink, { signal: ended, preventAbort: true });
  } catch (error) {
    await (ended.aborted ? sink.close() : sink.abort(error)).catch(() => undefined);
  }
}
