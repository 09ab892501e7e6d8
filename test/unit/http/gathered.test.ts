import { describe, expect, it } from "vitest";
import { gathered } from "../../../src/http/gathered.ts";

const pieceOf = (...bytes: number[]) => new Uint8Array(bytes);

describe("bytes that come in pieces", () => {
  it("are all there in their order, whatever the pieces are like", () => {
    const all = gathered();
    for (const piece of [pieceOf(1), pieceOf(), pieceOf(2, 3, 4, 5, 6, 7), pieceOf(8), pieceOf(9, 10)]) {
      all.add(piece);
    }
    expect(all.bytes).toBe(10);
    expect([...all.whole()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("are copied: a small piece does not keep the buffer that it came in", () => {
    const all = gathered();
    const buffer = new Uint8Array(4_096).fill(7);
    all.add(buffer.subarray(0, 1));
    buffer.fill(0);
    expect([...all.whole()]).toEqual([7]);
    expect(all.whole().buffer.byteLength).toBe(1);
  });

  it("are let go", () => {
    const all = gathered();
    all.add(pieceOf(1, 2));
    all.clear();
    expect([all.bytes, all.whole().byteLength]).toEqual([0, 0]);
    all.add(pieceOf(3));
    expect([...all.whole()]).toEqual([3]);
  });
});
