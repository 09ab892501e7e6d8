import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readDeliveryBody } from "../../../src/events/body.ts";
import { bodyRoom } from "../../../src/events/room.ts";

const MIB = 1_048_576;

/** A request whose body comes in such chunks, and then ends, stays open or breaks off. */
const streamOf = (
  chunks: readonly number[],
  more: "ends" | "hangs" | "breaks" = "ends",
  headers: Readonly<Record<string, string>> = {},
) =>
  new Request("https://hooks.example/", {
    method: "POST",
    duplex: "half",
    headers,
    body: new ReadableStream<Uint8Array>({
      start(controller) {
        for (const bytes of chunks) {
          controller.enqueue(new Uint8Array(bytes));
        }
        if (more === "ends") {
          controller.close();
        } else if (more === "breaks") {
          controller.error(new Error("connection reset"));
        }
      },
    }),
  } as RequestInit & { duplex: "half" }); // the type of `duplex` is missing in the DOM's
const sized = (bytes: number) => ({ "content-length": String(bytes) });

describe("the body of a delivery", () => {
  it("is read whole up to 1 MiB, whatever its length says", async () => {
    const room = bodyRoom();
    for (const headers of [{}, sized(10), sized(MIB)]) {
      const read = await readDeliveryBody(streamOf([1000, MIB - 1000], "ends", headers), room);
      expect(read.ok && read.value.byteLength).toBe(MIB);
      expect(await readDeliveryBody(streamOf([MIB, 1], "ends", headers), room)).toEqual({
        ok: false,
        error: "too_large",
      });
    }
    expect(await readDeliveryBody(streamOf([1], "ends", sized(MIB + 1)), room)).toEqual({
      ok: false,
      error: "too_large",
    });
    expect(await readDeliveryBody(new Request("https://hooks.example/", { method: "POST" }), room)).toEqual({
      ok: true,
      value: new Uint8Array(0),
    });
  });

  it("gives way when others fill the room, and leaves its place in the end", async () => {
    const room = bodyRoom(1_000);
    expect(await readDeliveryBody(streamOf([500, 501]), room)).toEqual({ ok: false, error: "no_room" });
    expect((await readDeliveryBody(streamOf([1_000]), room)).ok).toBe(true);
    const held = room.enter();
    expect(held.keep(new Uint8Array(1_000))).toBe(true);
    expect(held.whole()?.byteLength).toBe(1_000);
  });

  it("takes no room where its length says that it is small", async () => {
    const room = bodyRoom(0);
    expect((await readDeliveryBody(streamOf([16_384], "ends", sized(16_384)), room)).ok).toBe(true);
    expect(await readDeliveryBody(streamOf([16_385], "ends", sized(16_385)), room)).toEqual({
      ok: false,
      error: "no_room",
    });
  });

  it.each([{}, sized(100)])("is nothing when the connection breaks off (%o)", async (headers) => {
    expect(await readDeliveryBody(streamOf([10], "breaks", headers), bodyRoom())).toEqual({
      ok: false,
      error: "broken",
    });
  });

  describe("that drips", () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each([{}, sized(100)])("is waited for five seconds and no longer (%o)", async (headers) => {
      const reading = readDeliveryBody(streamOf([10], "hangs", headers), bodyRoom());
      let isOver = false;
      void reading.finally(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync(4_999);
      expect(isOver).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(await reading).toEqual({ ok: false, error: "too_slow" });
    });
  });
});
