/** Bytes that come in pieces. */
export interface Gathered {
  readonly bytes: number;
  add(piece: Uint8Array): void;
  /** All so far, as one. */
  whole(): Uint8Array<ArrayBuffer>;
  /** Lets go of them. */
  clear(): void;
}

/**
 * Gathers pieces in one buffer, at most twice as large as what is in it. To keep the pieces themselves would cost what
 * a sender likes: it chooses how small they are, and the runtime spends some 800 bytes on a piece of one.
 */
export function gathered(): Gathered {
  let buffer = new Uint8Array(0);
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    add(piece) {
      const needed = bytes + piece.byteLength;
      if (needed > buffer.byteLength) {
        const larger = new Uint8Array(Math.max(needed, 2 * buffer.byteLength));
        larger.set(buffer);
        buffer = larger;
      }
      buffer.set(piece, bytes);
      bytes = needed;
    },
    whole: () => buffer.slice(0, bytes),
    clear() {
      buffer = new Uint8Array(0);
      bytes = 0;
    },
  };
}
