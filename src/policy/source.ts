import type { Result } from "../http/result.ts";
import { parsePolicy, type Policy, type PolicyProblem } from "./parse.ts";

/** Where the policy of this moment comes from. */
export interface PolicySource {
  /** The policy in force; `undefined` when there is no valid one, and then everything is refused (design decision 2). */
  current(later: (work: Promise<unknown>) => void): Policy | undefined | Promise<Policy | undefined>;
}

export interface PolicySourceOptions {
  /** The policy bundled at deployment: in force until a pushed one has been read. */
  readonly bundled: string;
  /** Reads the pushed policy; null when none was pushed. */
  readonly read: () => Promise<string | null>;
  readonly nowMs: () => number;
  /** Told of a policy that is not used, and why. */
  readonly onProblems: (problems: readonly PolicyProblem[]) => void;
}

const REFRESH_MS = 5_000;

/**
 * The policy without redeployment: read at the first request of an isolate, again in the background every few
 * seconds, and the last good one is kept when storage fails or a bad one appears. No request waits once it is warm.
 */
export function policySource(options: PolicySourceOptions): PolicySource {
  let policy: Policy | undefined;
  let loadedText: string | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let warm = false;

  function use(text: string, version: string): void {
    if (text === loadedText) {
      return;
    }
    loadedText = text;
    const parsed: Result<Policy, readonly PolicyProblem[]> = parsePolicy(text, version);
    if (parsed.ok) {
      policy = parsed.value;
    } else {
      options.onProblems(parsed.error);
    }
  }

  async function refresh(): Promise<void> {
    try {
      const pushed = await options.read();
      if (pushed !== null) {
        use(pushed, await versionOf(pushed));
      }
    } catch {
      options.onProblems([
        { path: "", reason: "the pushed policy could not be read; the last good one stays" },
      ]);
    }
  }

  return {
    current(later) {
      const nowMs = options.nowMs();
      if (!warm) {
        triedAtMs = nowMs;
        return refresh().then(() => {
          if (policy === undefined) {
            use(options.bundled, "bundled");
          }
          warm = true;
          return policy;
        });
      }
      if (nowMs - triedAtMs >= REFRESH_MS) {
        triedAtMs = nowMs;
        later(refresh());
      }
      return policy;
    },
  };
}

/** A short name for a policy text, the same everywhere: the beginning of its SHA-256. */
async function versionOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest.slice(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
