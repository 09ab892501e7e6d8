import { startChild } from "./child.ts";
import type { LoadOrder, LoadResult } from "./load.ts";

/** The load generator, in a process of its own. */
export interface Generator {
  /** Replaces the requests that are sent in turn. */
  use(requests: readonly string[]): Promise<void>;
  /**
   * One round.
   *
   * @throws when an answer was anything but 200 with the origin's body.
   */
  run(order: LoadOrder): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** Starts the generator. */
export function startGenerator(): Generator {
  const child = startChild("./load.ts");
  return {
    async use(requests) {
      child.send({ requests });
      await child.receive();
    },
    async run(order) {
      child.send({ order });
      // load.ts answers an order with its result and nothing else.
      const { result } = (await child.receive()) as { result: LoadResult };
      if (result.wrong !== undefined) {
        throw new Error(`an answer under load was wrong: ${result.wrong}`);
      }
      return result;
    },
    stop: () => child.stop(),
  };
}
