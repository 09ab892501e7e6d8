import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { bodyRoom } from "../../../src/http/body-room.ts";

const chunk = (bytes: number, value = 0) => new Uint8Array(bytes).fill(value);

describe("the room for bodies that arrive", () => {
  it("gives back what was kept, in order", () => {
    const place = bodyRoom(100).enter();
    expect(place.keep(chunk(2, 1)) && place.keep(chunk(1, 2))).toBe(true);
    expect(place.whole()).toEqual(Uint8Array.of(1, 1, 2));
  });

  it("makes the first that began give way when it is full, and none that came later", () => {
    const room = bodyRoom(100);
    const [first, second, third] = [room.enter(), room.enter(), room.enter()];
    expect([first.keep(chunk(40)), second.keep(chunk(40)), third.keep(chunk(40))]).toEqual([
      true,
      true,
      true,
    ]);
    expect(first.keep(chunk(1))).toBe(false);
    expect(first.whole()).toBeUndefined();
    expect([second.keep(chunk(10)), third.keep(chunk(10))]).toEqual([true, true]);
    expect(second.whole()?.byteLength).toBe(50);
  });

  it("makes the one that fills it give way where that is the first", () => {
    const room = bodyRoom(100);
    const [first, second] = [room.enter(), room.enter()];
    expect(second.keep(chunk(50))).toBe(true);
    expect(first.keep(chunk(60))).toBe(false);
    expect(second.whole()?.byteLength).toBe(50);
  });

  it("has room again for what has left, whether it gave way or not", () => {
    const room = bodyRoom(100);
    const [first, second] = [room.enter(), room.enter()];
    first.keep(chunk(60));
    second.keep(chunk(60)); // the first gives way
    first.leave();
    second.leave();
    const [third, fourth] = [room.enter(), room.enter()];
    expect([third.keep(chunk(50)), fourth.keep(chunk(50))]).toEqual([true, true]);
    expect(third.whole()?.byteLength).toBe(50);
  });

  it("loses nothing of a body that arrives in a moment, however many began before it and end never", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 300 }), (dripping) => {
        const room = bodyRoom(10_000);
        for (const bytes of dripping) {
          room.enter().keep(chunk(bytes));
        }
        const valid = room.enter();
        expect([valid.keep(chunk(4_000)), valid.keep(chunk(4_000))]).toEqual([true, true]);
        expect(valid.whole()?.byteLength).toBe(8_000);
      }),
    );
  });

  it("counts what is whole and in use apart from what arrives, and no more of it than fits", () => {
    const room = bodyRoom(100);
    expect(room.enter().keep(chunk(100))).toBe(true);
    expect([room.hold(60), room.hold(41), room.hold(40), room.hold(1)]).toEqual([true, false, true, false]);
    room.release(60);
    expect([room.hold(61), room.hold(60)]).toEqual([false, true]);
  });

  it("keeps bytes, not the pieces they came in, whose buffers may be far larger", () => {
    const place = bodyRoom().enter();
    const buffer = new Uint8Array(4_096).fill(7);
    place.keep(buffer.subarray(0, 1));
    buffer.fill(0);
    expect([...(place.whole() ?? [])]).toEqual([7]);
  });
});
