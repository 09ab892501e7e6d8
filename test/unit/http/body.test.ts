import { describe, expect, it } from "vitest";
import { readBounded } from "../../../src/http/body.ts";

/** A message whose body comes in pieces; `pulled` counts those that were read. */
function messageOf(pieces: readonly string[], headers: Record<string, string> = {}) {
  let pulled = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[pulled];
        if (piece === undefined) {
          controller.close();
        } else {
          pulled += 1;
          controller.enqueue(new TextEncoder().encode(piece));
        }
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { message: new Response(stream, { headers }), pulled: () => pulled, cancelled: () => cancelled };
}

describe("a bounded body", () => {
  it("is read whole up to its limit, in one piece or many", async () => {
    for (const pieces of [["hello"], ["h", "ell", "o"], ["", "hello", ""]]) {
      expect(new TextDecoder().decode(await readBounded(messageOf(pieces).message, 5))).toBe("hello");
    }
    expect(await readBounded(new Response(null), 0)).toEqual(new Uint8Array(0));
  });

  it("is not read on once it is too long, whatever its length claims", async () => {
    const { message, pulled, cancelled } = messageOf(["123", "456", "789"], { "Content-Length": "2" });
    expect(await readBounded(message, 5)).toBeUndefined();
    expect([pulled(), cancelled()]).toEqual([2, true]);
  });

  it("is not read at all when it says that it is too long", async () => {
    const { message, pulled, cancelled } = messageOf(["x"], { "Content-Length": "6" });
    expect(await readBounded(message, 5)).toBeUndefined();
    expect([pulled(), cancelled()]).toEqual([0, true]);
  });
});
