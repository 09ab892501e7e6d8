import type { BundledPolicy } from "./bundled.ts";
import { compilePolicy, type Policy } from "./compile.ts";
import type { PolicyProblem } from "./problem.ts";

/** Where the policy of this moment comes from. */
export interface PolicySource {
  /** The policy in force; `undefined` when there is no valid one, and then nothing is decided: the gateway refuses everything (design decision 2). */
  current(later: (work: Promise<unknown>) => void): Policy | undefined | Promise<Policy | undefined>;
  /** The policy that runs in shadow beside it, if one was pushed: judged and recorded, never enforced. */
  readonly beside?: () => Policy | undefined;
}

export interface PolicySourceOptions {
  /** The policy bundled at deployment: in force while none is pushed, and while the pushed one has never been read. */
  readonly bundled: BundledPolicy;
  /** Reads the pushed policy; null when none was pushed. */
  readonly read: () => Promise<string | null>;
  /** Reads the policy that is to run in shadow beside it; null when there is none. */
  readonly readBeside?: () => Promise<string | null>;
  readonly nowMs: () => number;
  /** Told of a policy that is not used, and why. */
  readonly onProblems: (problems: readonly PolicyProblem[]) => void;
  /** What decides where the pushed policy cannot be used from the start; `deny` refuses everything until it can. */
  readonly fallback?: PolicyFallback;
  /** Told when it comes to that, with the versions of the pushed policy (unless it was not read) and the bundled one. */
  readonly onFallback?: (pushed: string | undefined, bundled: string) => void;
}

export type PolicyFallback = "bundled" | "deny";

const REFRESH_MS = 5_000;
/** Where there is none: whatever waits for it waits no longer than it must. */
const REFRESH_NONE_MS = 1_000;
/** A first request waits this long for the pushed policy; then the bundled one decides until it has been read. */
const FIRST_READ_MS = 2_000;
/** What records call the bundled policy. */
const BUNDLED_VERSION = "bundled";
const UNREADABLE = "the pushed policy could not be read; the last good one stays";

/** One text that is parsed when it changes; a bad one is reported once, and the last good one stays. */
function slot(onProblems: PolicySourceOptions["onProblems"]) {
  let text: string | null = null;
  let policy: Policy | undefined;

  async function parse(next: string, version: string): Promise<void> {
    // On first use: the schemas of a policy take longer to make than all else of a cold start.
    const { parsePolicy } = await import("./parse.ts");
    if (next === text) {
      return; // another request has read the same meanwhile
    }
    text = next;
    const parsed = parsePolicy(next, version);
    if (parsed.ok) {
      policy = parsed.value;
    } else {
      onProblems(parsed.error);
    }
  }

  return {
    current: () => policy,
    async usePushed(next: string): Promise<void> {
      if (next !== text) {
        await parse(next, await policyVersion(next));
      }
    },
    async useBundled({ text: next, checked }: BundledPolicy): Promise<void> {
      if (next === text) {
        return;
      }
      if (checked === undefined) {
        await parse(next, BUNDLED_VERSION);
      } else {
        text = next;
        policy = compilePolicy(checked, BUNDLED_VERSION);
      }
    },
    clear(): void {
      text = null;
      policy = undefined;
    },
  };
}

/**
 * The policy without redeployment: read at the first request of an isolate, again in the background every few
 * seconds, and the last good one is kept when storage fails or a bad one appears. Where none is pushed (any more), the
 * bundled one is in force. No request waits once there is one.
 */
export function policySource(options: PolicySourceOptions): PolicySource {
  const { onProblems, readBeside, nowMs, bundled } = options;
  const enforced = slot(onProblems);
  const beside = slot((problems) =>
    onProblems(problems.map(({ path, reason }) => ({ path, reason: `(in shadow) ${reason}` }))),
  );
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let isWarm = false;
  /** The pushed policy as it was read last, whether it was good or not. */
  let seen: string | null = null;

  async function refresh(): Promise<void> {
    try {
      const readingBeside = readBeside?.();
      readingBeside?.catch(() => undefined); // told below, after the policy that decides
      const pushed = await options.read();
      seen = pushed;
      await (pushed === null ? enforced.useBundled(bundled) : enforced.usePushed(pushed));
      const other = (await readingBeside) ?? null;
      await (other === null ? beside.clear() : beside.usePushed(other));
    } catch {
      onProblems([{ path: "", reason: UNREADABLE }]);
    }
  }

  async function load(later: (work: Promise<unknown>) => void): Promise<Policy | undefined> {
    const work = refresh();
    later(work); // also where the request that began it ends before
    await orLater(work, FIRST_READ_MS);
    if (enforced.current() === undefined) {
      // Something was pushed, or may have been, and it could not be read or was bad.
      options.onFallback?.(
        seen === null ? undefined : await policyVersion(seen),
        await policyVersion(bundled.text),
      );
      if (options.fallback !== "deny") {
        await enforced.useBundled(bundled);
      }
    }
    isWarm = true;
    return enforced.current();
  }

  return {
    current(later) {
      const now = nowMs();
      if (!isWarm) {
        triedAtMs = now;
        return load(later);
      }
      if (now - triedAtMs >= (enforced.current() === undefined ? REFRESH_NONE_MS : REFRESH_MS)) {
        triedAtMs = now;
        const work = refresh();
        later(work);
        if (enforced.current() === undefined) {
          return orLater(work, FIRST_READ_MS).then(() => enforced.current());
        }
      }
      return enforced.current();
    },
    beside: () => beside.current(),
  };
}

/** Waits for work, but not for ever. */
async function orLater(work: Promise<void>, milliseconds: number): Promise<void> {
  let cancel = () => {};
  const deadline = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    cancel = () => clearTimeout(timer);
  });
  await Promise.race([work, deadline]);
  cancel();
}

/** A short name for a policy text, the same everywhere: the beginning of its SHA-256. */
export async function policyVersion(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest.slice(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
