import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Message } from "./inbox.ts";
import type { StoredKeys } from "./keys.ts";
import type { PoolSettings } from "./settings.ts";
import type { Snapshot } from "./store.ts";
import type { TriggerTargets } from "./triggers/targets.ts";

const FILE = "cognito.json";
const SAVE_AFTER_MS = 100;

/** Everything of the pool that survives a restart. */
export interface PoolState {
  readonly userPoolId: string;
  readonly store: Snapshot;
  readonly keys: StoredKeys;
  readonly messages: readonly Message[];
  readonly settings: PoolSettings;
  readonly triggers: TriggerTargets;
}

/** The file is written by this module alone, so only what tells one pool's file from another thing is checked. */
const stateSchema = z.looseObject({
  userPoolId: z.string(),
  store: z.looseObject({ users: z.array(z.unknown()) }),
  keys: z.array(z.unknown()),
  messages: z.array(z.unknown()),
  settings: z.looseObject({}),
  triggers: z.looseObject({}),
});

/** A folder that holds the pool's state between runs. */
export class StateFolder {
  readonly #folder: string;
  readonly #read: () => Promise<PoolState>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /** `read` gives the state as it is at the moment of writing. */
  constructor(folder: string, read: () => Promise<PoolState>) {
    this.#folder = folder;
    this.#read = read;
  }

  /** Writes soon; many calls in a row write once. */
  changed(): void {
    if (this.#closed !== undefined) {
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // The run goes on without; the write at the end fails aloud.
      this.flush().catch((error: unknown) => console.error(error));
    }, SAVE_AFTER_MS).unref();
  }

  /** Writes for the last time: what another run writes afterwards is not overwritten. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.flush();
    return this.#closed;
  }

  /** Writes now, after a write that is under way. A reader never sees half a file. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const write = async (): Promise<void> => {
      const state = await this.#read();
      const file = join(this.#folder, FILE);
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
      await rename(`${file}.new`, file);
    };
    this.#writing = this.#writing.catch(() => undefined).then(write);
    await this.#writing;
  }
}

/**
 * The state of an earlier run of this pool, if the folder holds one.
 *
 * @throws an Error that names the file when it holds something else.
 */
export async function readState(folder: string, userPoolId: string): Promise<PoolState | undefined> {
  const file = join(folder, FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const state = stateSchema.parse(JSON.parse(text));
    if (state.userPoolId !== userPoolId) {
      throw new Error("another pool");
    }
    // What passes as this pool's file was written by this module.
    return state as unknown as PoolState;
  } catch (cause) {
    throw new Error(`${file} does not hold the state of the pool ${userPoolId}. Delete it to start afresh.`, {
      cause,
    });
  }
}
