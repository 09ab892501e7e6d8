import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readArriving } from "../../../src/http/arriving-body.ts";
import { bodyRoom, type BodyRoom } from "../../../src/http/body-room.ts";

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

const read = (request: Request, room: BodyRoom) =>
  readArriving(request, { limitBytes: MIB, deadlineMs: 5_000, room });

describe("a body that must be there whole", () => {
  it("is read whole up to 1 MiB, whatever its length says", async () => {
    const room = bodyRoom();
    for (const headers of [{}, sized(10), sized(MIB)]) {
      const whole = await read(streamOf([1000, MIB - 1000], "ends", headers), room);
      expect(whole.ok && whole.value.byteLength).toBe(MIB);
      expect(await read(streamOf([MIB, 1], "ends", headers), room)).toEqual({
        ok: false,
        error: "too_large",
      });
    }
    expect(await read(streamOf([1], "ends", sized(MIB + 1)), room)).toEqual({
      ok: false,
      error: "too_large",
    });
    expect(await read(new Request("https://hooks.example/", { method: "POST" }), room)).toEqual({
      ok: true,
      value: new Uint8Array(0),
    });
  });

  it("gives way when others fill the room, and leaves its place in the end", async () => {
    const room = bodyRoom(1_000);
    expect(await read(streamOf([500, 501]), room)).toEqual({ ok: false, error: "no_room" });
    expect((await read(streamOf([1_000]), room)).ok).toBe(true);
    const held = room.enter();
    expect(held.keep(new Uint8Array(1_000))).toBe(true);
    expect(held.whole()?.byteLength).toBe(1_000);
  });

  it("takes no room where its length says that it is small", async () => {
    const room = bodyRoom(0);
    expect((await read(streamOf([16_384], "ends", sized(16_384)), room)).ok).toBe(true);
    expect(await read(streamOf([16_385], "ends", sized(16_385)), room)).toEqual({
      ok: false,
      error: "no_room",
    });
  });

  it("is not believed to be small by a length beside a transfer coding", async () => {
    const headers = { ...sized(10), "transfer-encoding": "chunked" };
    expect(await read(streamOf([10], "ends", headers), bodyRoom(0))).toEqual({ ok: false, error: "no_room" });
  });

  it.each([{}, sized(100)])("is nothing when the connection breaks off (%o)", async (headers) => {
    expect(await read(streamOf([10], "breaks", headers), bodyRoom())).toEqual({
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

    it.each([{}, sized(100)])("is waited for as long as is said and no longer (%o)", async (headers) => {
      const reading = read(streamOf([10], "hangs", headers), bodyRoom());
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
