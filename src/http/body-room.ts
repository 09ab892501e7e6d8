import { gathered, type Gathered } from "./gathered.ts";

/** What an isolate holds of bodies that must be there whole before anything is decided. */
export interface BodyRoom {
  /** Makes a place for one body. */
  enter(): Place;
  /** Counts a body that is whole and in use. False when too much is: then nothing was counted. */
  hold(bytes: number): boolean;
  /** To be called for what was held, when it is not in use any more. */
  release(bytes: number): void;
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

/** A quarter of what an isolate may hold; as much again may be whole and in use. */
const MAX_BYTES = 32 * 1_048_576;

/**
 * Makes the room of an isolate. When it is full, the body that began to arrive first gives way. Whoever sends slowly,
 * or begins much and ends nothing, thus makes room for those who come later: an honest body, which arrives in a moment,
 * gives way only when as much as the whole room arrives in that moment.
 */
export function bodyRoom(maxBytes = MAX_BYTES): BodyRoom {
  /** In the order in which they began. */
  const arriving = new Set<Gathered>();
  let held = 0;
  let inUse = 0;
  return {
    hold(bytes) {
      const fits = inUse + bytes <= maxBytes;
      inUse += fits ? bytes : 0;
      return fits;
    },
    release(bytes) {
      inUse -= bytes;
    },
    enter() {
      const own = gathered();
      arriving.add(own);
      const giveUp = (place: Gathered) => {
        if (arriving.delete(place)) {
          held -= place.bytes;
          place.clear();
        }
      };
      return {
        keep(chunk) {
          if (!arriving.has(own)) {
            return false;
          }
          own.add(chunk);
          held += chunk.byteLength;
          for (const first of arriving) {
            if (held <= maxBytes) {
              break;
            }
            giveUp(first);
          }
          return arriving.has(own);
        },
        whole: () => (arriving.has(own) ? own.whole() : undefined),
        leave: () => giveUp(own),
      };
    },
  };
}
