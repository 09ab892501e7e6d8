import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE_NAME = "authsignal.json";
const FORMAT_VERSION = 1;
/** Changes are gathered for so long before they are written. */
const WRITE_DELAY_MS = 500;

/** What can be written down and taken over again. */
export interface Saveable<T> {
  save(): Promise<T>;
  load(saved: T): void;
}

/**
 * Keeps state in one file of a folder. Writes soon after a change and at the end; a file is replaced as a whole, so
 * that a crash leaves the one before.
 */
export class Persistence<T> {
  readonly #file: string;
  readonly #state: Saveable<T>;
  #timer: NodeJS.Timeout | undefined;
  #written = "";

  /** Creates the folder. Throws Node's error when that fails. */
  constructor(folder: string, state: Saveable<T>) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, FILE_NAME);
    this.#state = state;
  }

  /** Takes over what the file holds. False: there is none. Throws when it cannot be read or is no such file. */
  restore(): boolean {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        return false;
      }
      throw error;
    }
    try {
      // Written by this class; anything else shows in `load`.
      const { version, state } = JSON.parse(text) as { version: unknown; state: T };
      if (version !== FORMAT_VERSION) {
        throw new TypeError(`version ${String(version)}`);
      }
      this.#state.load(state);
    } catch (cause) {
      throw new Error(
        `${this.#file} does not hold a state that this version wrote. Delete it to begin anew.`,
        {
          cause,
        },
      );
    }
    return true;
  }

  /** Says that something may have changed. */
  touch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.write();
    }, WRITE_DELAY_MS).unref();
  }

  /** Writes now, when there is something new. */
  async write(): Promise<void> {
    const text = JSON.stringify({ version: FORMAT_VERSION, state: await this.#state.save() });
    if (text === this.#written) {
      return;
    }
    // Secrets are in it: only for who started it.
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#written = text;
  }

  /** Writes what is new and stops. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.write();
  }
}
