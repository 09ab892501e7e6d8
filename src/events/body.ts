import { fail, ok, type Result } from "../http/result.ts";
import type { Brake } from "./brake.ts";

/** A batch of 500 log records is about 400 kB (security.md a). */
const MAX_BODY_BYTES = 1_048_576;
/** Single events are a few kilobytes. They never wait for room, whatever else is being read. */
const LARGE_BYTES = 64 * 1024;
/** A sender that drips holds its room no longer. */
const DEADLINE_MS = 5_000;

/** Why a body was not read to its end. */
export type BodyProblem = "too_large" | "no_room" | "too_slow";

/** Reads the body of a delivery, bounded in bytes and time while it streams, whatever its length says. */
export async function readDeliveryBody(
  request: Request,
  brake: Brake,
): Promise<Result<Uint8Array<ArrayBuffer>, BodyProblem>> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) {
    await request.body?.cancel();
    return fail("too_large");
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  if (reader === undefined) {
    return ok(new Uint8Array(0));
  }
  let giveBack: (() => void) | undefined;
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), DEADLINE_MS);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stop = (problem: BodyProblem) => {
    // Not awaited: a sender that does not listen must not hold this up either.
    void reader.cancel().catch(() => undefined);
    return fail(problem);
  };
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), late.promise]);
      if (read === "late") {
        return stop("too_slow");
      }
      if (read.done) {
        return ok(joined(chunks, bytes));
      }
      bytes += read.value.byteLength;
      if (bytes > MAX_BODY_BYTES) {
        return stop("too_large");
      }
      if (bytes > LARGE_BYTES && giveBack === undefined) {
        giveBack = brake.roomForLarge();
        if (giveBack === undefined) {
          return stop("no_room");
        }
      }
      chunks.push(read.value);
    }
  } finally {
    clearTimeout(timer);
    giveBack?.();
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
