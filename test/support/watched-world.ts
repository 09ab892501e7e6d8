import { roomyPolicy } from "./roomy-policy.ts";
import { startWorld, type World, type WorldOptions } from "../../workers/local/world.ts";

/** A local world whose log is kept, to look for what must never be in it (design decision 17). */
export interface WatchedWorld extends World {
  /** Every line that either Worker logged. */
  readonly log: readonly string[];
  /** Notes a text that must not be logged: a token, a code, a secret, a body. */
  readonly confide: (...secrets: readonly (string | null | undefined)[]) => void;
  /** The confided texts that were logged all the same. */
  readonly leaks: () => string[];
}

/** How the world differs from the usual; `asBundled` leaves the bundled policy in force, with its limits. */
export type WatchedOptions = Partial<WorldOptions> & { readonly asBundled?: boolean };

/** Starts a world on free ports. */
export async function startWatchedWorld({
  asBundled = false,
  ...options
}: WatchedOptions = {}): Promise<WatchedWorld> {
  const log: string[] = [];
  const secrets = new Set<string>();
  const policyFile = options.policyFile ?? (asBundled ? undefined : await roomyPolicy());
  const world = await startWorld({ port: 0, ...options, policyFile, onLog: (line) => log.push(line) });
  secrets.add(world.authsignalSecret);
  return {
    ...world,
    log,
    confide(...texts) {
      for (const text of texts) {
        if (text !== null && text !== undefined && text !== "") {
          secrets.add(text);
        }
      }
    },
    leaks: () => [...secrets].filter((secret) => log.some((line) => line.includes(secret))),
  };
}

/** Puts the Authsignal stand-in back to its beginning: rules, users, codes, counts and faults. */
export async function resetAuthsignal(world: World): Promise<void> {
  world.authsignal.setFault(undefined);
  await fetch(`${world.authsignal.url}/control/reset`, { method: "POST" });
}

/** The entries that the gateway recorded, of one kind. */
export function recorded(world: WatchedWorld, event: string): Record<string, unknown>[] {
  return world.log
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>) // every entry is a JSON object
    .filter((entry) => entry["event"] === event);
}
