import { mishaps } from "../mishaps.ts";
import { faultyCall, type CallWay } from "./call.ts";
import type { Note } from "./notes.ts";

/** The part of the webhook Worker's bindings that can fail. */
export interface Bindings {
  readonly EVENTS: { sendBatch(messages: readonly unknown[]): Promise<unknown> };
  readonly LEDGER: { getByName(name: string): object };
  readonly POLICY: { get(key: string): Promise<string | null> };
}

/** What the control address changes, and tells. */
export interface FaultState {
  isPolicyStoreDown: boolean;
  /** Nothing fails any more. */
  isCalm: boolean;
  /** Messages that are in the queue. */
  open: number;
}

type Method = (...of: readonly unknown[]) => Promise<unknown>;

const LEDGER_MISHAPS = [
  { every: 60, ways: ["refused", "lost"] },
  { every: 1_500, ways: ["late"] },
] as const;
const QUEUE_MISHAPS = [
  { every: 15, ways: ["refused", "lost"] },
  { every: 1_000, ways: ["late"] },
] as const;
const STORE_MISHAPS = [{ every: 8, ways: ["refused"] }] as const;
/** Enough to know a policy by. */
const NOTED_CHARACTERS = 16;
const DOWN = [{ every: 1, ways: ["refused", "late"] }] as const;

/** The bindings, failing now and then; the policy store while it is down always. Other bindings are passed on. */
export function faultyBindings<T extends Bindings>(
  env: T,
  state: FaultState,
  random: () => number,
  note: (note: Note) => void,
): T {
  const unlessCalm =
    (next: () => CallWay | undefined): (() => CallWay | undefined) =>
    () =>
      state.isCalm ? undefined : next();
  const ofQueue = unlessCalm(mishaps(QUEUE_MISHAPS, random));
  const ofStore = unlessCalm(mishaps(STORE_MISHAPS, random));
  const ofStoreDown = mishaps<CallWay>(DOWN, random);
  // Each method has its own turns, or the rare ones would be spared.
  const ofLedger = new Map<string, () => CallWay | undefined>();

  function ledgerWay(method: string): CallWay | undefined {
    const next = ofLedger.get(method) ?? unlessCalm(mishaps(LEDGER_MISHAPS, random));
    ofLedger.set(method, next);
    return next();
  }

  async function callLedger(stub: object, method: string, input: readonly unknown[]): Promise<unknown> {
    const way = ledgerWay(method);
    const marks = method === "finishEffects" ? (input[0] as { readonly done: readonly string[] }).done : [];
    if (way === "refused" && marks.length > 0) {
      note({ soak: "forgotten", marks: [...marks] });
    }
    const call = async () => {
      const answer = await (stub as Record<string, Method>)[method]?.(...input);
      if (marks.length > 0) {
        note({ soak: "remembered", marks: [...marks] });
      }
      return answer;
    };
    const ids =
      method === "react" ? (input[0] as readonly { eventId: string }[]).map(({ eventId }) => eventId) : [];
    return faultyCall(`LEDGER.${method}`, way, call, (failed) => note({ ...failed, ids }));
  }

  return {
    ...env,
    EVENTS: {
      sendBatch: (messages: readonly unknown[]) =>
        faultyCall(
          "EVENTS.sendBatch",
          ofQueue(),
          async () => {
            const answer = await env.EVENTS.sendBatch(messages);
            state.open += messages.length;
            return answer;
          },
          note,
        ),
    },
    LEDGER: {
      getByName: (name: string) => {
        const stub = env.LEDGER.getByName(name);
        return new Proxy(
          {},
          {
            get: (_target, method) =>
              typeof method === "string" && method !== "then"
                ? (...input: readonly unknown[]) => callLedger(stub, method, input)
                : undefined,
          },
        );
      },
    },
    POLICY: {
      get: (key: string) =>
        faultyCall(
          "POLICY.get",
          state.isPolicyStoreDown ? ofStoreDown() : ofStore(),
          async () => {
            const text = await env.POLICY.get(key);
            note({ soak: "read", begin: (text ?? "").slice(0, NOTED_CHARACTERS) });
            return text;
          },
          note,
        ),
    },
  };
}
