/** What an isolate holds of bodies whose signatures cannot be checked yet. */
export interface BodyRoom {
  /** Makes a place for one body. */
  enter(): Place;
}

/** One body that is arriving. */
export interface Place {
  /** Keeps what arrived. False when this body had to give way: nothing of it is kept any more. */
  keep(chunk: Uint8Array): boolean;
  /** What was kept, as one; `undefined` when this body had to give way. */
  whole(): Uint8Array<ArrayBuffer> | undefined;
  /** Always to be called at the end. */
  leave(): void;
}

/** A quarter of what an isolate may hold. */
const MAX_BYTES = 32 * 1_048_576;

/**
 * Makes the room of an isolate. When it is full, the body that began to arrive first gives way. Whoever sends slowly,
 * or begins much and ends nothing, thus makes room for those who come later: a true delivery, which arrives in a moment,
 * gives way only when as much as the whole room arrives in that moment.
 */
export function bodyRoom(maxBytes = MAX_BYTES): BodyRoom {
  /** In the order in which they began. */
  const arriving = new Set<{ chunks: Uint8Array[]; bytes: number }>();
  let held = 0;
  return {
    enter() {
      const own = { chunks: [] as Uint8Array[], bytes: 0 };
      arriving.add(own);
      const giveUp = (place: typeof own) => {
        if (arriving.delete(place)) {
          held -= place.bytes;
          place.chunks = [];
        }
      };
      return {
        keep(chunk) {
          if (!arriving.has(own)) {
            return false;
          }
          own.chunks.push(chunk);
          own.bytes += chunk.byteLength;
          held += chunk.byteLength;
          for (const first of arriving) {
            if (held <= maxBytes) {
              break;
            }
            giveUp(first);
          }
          return arriving.has(own);
        },
        whole: () => (arriving.has(own) ? joined(own.chunks, own.bytes) : undefined),
        leave: () => giveUp(own),
      };
    },
  };
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
