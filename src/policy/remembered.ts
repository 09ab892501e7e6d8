import { recent, type Recent } from "../http/recent.ts";
import type { Result } from "../http/result.ts";
import type { Judgement } from "./judgement.ts";
import { isOverridden, isOverrideSensitive, judgeWithQuery } from "./overrides.ts";
import type { Policy } from "./parse.ts";
import { parseTarget, type Target, type TargetProblem } from "./target.ts";

/** Reads targets and judges requests as `target.ts` and `overrides.ts` do, but the same one only once. */
export interface RememberedJudge {
  /** `parseTarget`. */
  target(rawUrl: string): Result<Target, TargetProblem>;
  /** `judgeWithQuery`. */
  judge(policy: Policy, method: string, target: Target, headers: Headers): Judgement;
  /** `isOverrideSensitive`, asked about the judgement that `judge` gave. */
  isOverrideSensitive(
    policy: Policy,
    method: string,
    target: Target,
    headers: Headers,
    judgement: Judgement,
  ): boolean;
}

/** How many targets are remembered at most, and how long each may be: ample for an app's own links, little memory. */
export const MAX_REMEMBERED_TARGETS = 1_000;
export const MAX_REMEMBERED_CHARACTERS = 500;

/** What apps send all day; other methods are judged each time. */
const REMEMBERED_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What is known under one policy. */
interface Known {
  readonly policy: Policy;
  readonly judgements: ReadonlyMap<string, Recent<Judgement>>;
  readonly sensitivities: Recent<boolean> | undefined;
}

/**
 * A memory of pure results, bounded in count and size; refusals are not kept, and an entry stands for the very same
 * text only. A judgement is kept only under a policy that asks for nothing but method, host and path, so that nothing
 * else of a request can have had a part in it (a `Destination` has where a query names the method); another policy begins anew.
 */
export function rememberedJudge(): RememberedJudge {
  const targets = bounded<Result<Target, TargetProblem>>();
  let latest: Known | undefined;

  function known(policy: Policy): Known {
    if (latest?.policy !== policy) {
      latest = isJudgedByTarget(policy)
        ? {
            policy,
            judgements: new Map(REMEMBERED_METHODS.map((method) => [method, bounded()])),
            sensitivities: bounded(),
          }
        : { policy, judgements: new Map(), sensitivities: undefined };
    }
    return latest;
  }

  return {
    target(rawUrl) {
      const remembered = targets.get(rawUrl);
      if (remembered !== undefined) {
        return remembered;
      }
      const parsed = parseTarget(rawUrl);
      if (parsed.ok) {
        targets.set(rawUrl, parsed);
      }
      return parsed;
    },
    judge(policy, method, target, headers) {
      const memory = known(policy).judgements.get(method);
      const remembered = memory?.get(target.href);
      if (remembered !== undefined) {
        return remembered;
      }
      const judgement = judgeWithQuery(policy, method, target, headers);
      if (memory !== undefined && judgement.kind === "route" && !isOverridden(target)) {
        memory.set(target.href, judgement);
      }
      return judgement;
    },
    isOverrideSensitive(policy, method, target, headers, judgement) {
      const { judgements, sensitivities } = known(policy);
      const memory =
        judgements.get(method)?.get(target.href) === judgement &&
        method === "POST" &&
        !headers.has("destination")
          ? sensitivities
          : undefined;
      const remembered = memory?.get(target.href);
      if (remembered !== undefined) {
        return remembered;
      }
      const isSensitive = isOverrideSensitive(policy, method, target, headers, judgement);
      memory?.set(target.href, isSensitive);
      return isSensitive;
    },
  };
}

function isJudgedByTarget({ routes }: Policy): boolean {
  return routes.every(
    ({ conditions }) =>
      conditions === null ||
      (conditions.headers.length === 0 && conditions.query.length === 0 && conditions.contentTypes === null),
  );
}

/** Long texts are not worth remembering. */
function bounded<Value>(): Recent<Value> {
  const short = recent<Value>({ entries: MAX_REMEMBERED_TARGETS });
  return {
    get: short.get,
    set(text, value) {
      if (text.length <= MAX_REMEMBERED_CHARACTERS) {
        short.set(text, value);
      }
    },
  };
}
