import type { BodyRoom } from "./body-room.ts";
import { fail, ok, type Result } from "./result.ts";

/** A body whose length says no more is read in one step and takes no room. */
export const SMALL_BYTES = 16 * 1024;

/** Within which a body is read. */
export interface BodyBounds {
  readonly limitBytes: number;
  /** From the start of reading to the last byte: a sender that drips is listened to no longer. */
  readonly deadlineMs: number;
  readonly room: BodyRoom;
}

/** Why a body was not read to its end. */
export type BodyProblem = "too_large" | "no_room" | "too_slow" | "broken";

type Body = Result<Uint8Array<ArrayBuffer>, BodyProblem>;

/** Reads a body whole, bounded in bytes and time while it streams, whatever its length says. */
export async function readArriving(request: Request, bounds: BodyBounds): Promise<Body> {
  const { headers } = request;
  // Beside a transfer coding a length says nothing (RFC 9112 section 6.3).
  const length = headers.has("transfer-encoding") ? null : headers.get("content-length");
  if (length !== null && Number(length) > bounds.limitBytes) {
    await request.body?.cancel();
    return fail("too_large");
  }
  const deadline = startDeadline(bounds.deadlineMs);
  try {
    return length !== null && Number(length) <= SMALL_BYTES
      ? await readSmall(request, deadline, bounds)
      : await readStream(request, deadline, bounds);
  } catch {
    // The only thing that throws is a connection that broke off.
    return fail("broken");
  } finally {
    deadline.clear();
  }
}

interface Deadline {
  /** What work gives, or `late`. */
  before<Value>(work: Promise<Value>): Promise<Value | "late">;
  clear(): void;
}

/** Unlike a race for each piece with one promise, which would remember every one of them, it knows the latest only. */
function startDeadline(milliseconds: number): Deadline {
  let isOver = false;
  let due = () => {};
  const timer = setTimeout(() => {
    isOver = true;
    due();
  }, milliseconds);
  return {
    before: (work) =>
      new Promise((resolve, reject) => {
        due = () => resolve("late");
        if (isOver) {
          due();
        }
        work.then(resolve, reject);
      }),
    clear: () => clearTimeout(timer),
  };
}

/** Its length bounds it: a connection carries no more. */
async function readSmall(request: Request, deadline: Deadline, { limitBytes }: BodyBounds): Promise<Body> {
  const read = await deadline.before(request.arrayBuffer());
  if (read === "late") {
    return fail("too_slow");
  }
  return read.byteLength > limitBytes ? fail("too_large") : ok(new Uint8Array(read));
}

async function readStream(request: Request, deadline: Deadline, bounds: BodyBounds): Promise<Body> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  if (reader === undefined) {
    return ok(new Uint8Array(0));
  }
  const place = bounds.room.enter();
  let bytes = 0;
  const stop = (problem: BodyProblem) => {
    // Not awaited: a sender that does not listen must not hold this up either.
    void reader.cancel().catch(() => undefined);
    return fail(problem);
  };
  try {
    for (;;) {
      const read = await deadline.before(reader.read());
      if (read === "late") {
        return stop("too_slow");
      }
      if (read.done) {
        const whole = place.whole();
        return whole === undefined ? fail("no_room") : ok(whole);
      }
      bytes += read.value.byteLength;
      if (bytes > bounds.limitBytes) {
        return stop("too_large");
      }
      if (!place.keep(read.value)) {
        return stop("no_room");
      }
    }
  } finally {
    place.leave();
  }
}
