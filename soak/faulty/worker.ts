import { mishaps } from "../mishaps.ts";
import { faultyBindings, type Bindings, type FaultState } from "./bindings.ts";
import type { Note } from "./notes.ts";

/** Where the soak speaks to the Worker: `PUT` with one of the words changes what fails, `GET` tells how much is queued. */
export const CONTROL_PATH = "/soak";
/** The policy store works again; nothing fails any more. */
export type ControlWord = "store-up" | "calm";
/** The setting with which a Worker starts while the policy store is down. */
export const STORE_DOWN_SETTING = "SOAK_POLICY_STORE_DOWN";

/** A queue delivers at least once, and hands its batches to more than one consumer; Miniflare's does neither. */
const DOUBLES = [{ every: 12, ways: ["doubled"] }] as const;

/** Whoever finds the other at it waits for the next try, and from the fifth on that is minutes away. */
const DOUBLED_ATTEMPTS = 2;

interface Message {
  readonly id: string;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: object): void;
}

interface Batch {
  readonly queue: string;
  readonly messages: readonly Message[];
  retryAll(options?: object): void;
}

interface Env extends Bindings {
  readonly [STORE_DOWN_SETTING]?: string;
}

/** The handlers of the webhook Worker. */
export interface WorkerHandlers {
  fetch(request: Request, env: Env, context: unknown): Promise<Response> | Response;
  queue(batch: Batch, env: Env, context: unknown): Promise<void>;
  scheduled(controller: unknown, env: Env, context: unknown): Promise<void>;
}

/** The same Worker with bindings that fail (bindings.ts), which says in its log what becomes of each event. */
export function withFaults(worker: WorkerHandlers, random: () => number): WorkerHandlers {
  const note = (said: Note) => console.log(JSON.stringify(said));
  const isDoubled = mishaps(DOUBLES, random);
  let state: FaultState | undefined;
  let faulty: Env | undefined;

  function stateOf(env: Env): FaultState {
    return (state ??= { isPolicyStoreDown: env[STORE_DOWN_SETTING] === "true", isCalm: false, open: 0 });
  }

  function faultyOf(env: Env): Env {
    return (faulty ??= faultyBindings(env, stateOf(env), random, note));
  }

  function counted(message: Message, env: Env): Message {
    const { id, body, attempts } = message;
    return {
      id,
      body,
      attempts,
      ack() {
        message.ack();
        stateOf(env).open -= 1;
        note({ soak: "acknowledged", id: String(Reflect.get(Object(body), "id")) });
      },
      retry: (options) => message.retry(options),
    };
  }

  /** The same messages at the same moment, for a consumer beside the first; what becomes of these copies is nothing. */
  function doublesOf({ queue, messages }: Batch): Batch {
    const copies = messages.filter(
      ({ attempts }) => attempts <= DOUBLED_ATTEMPTS && isDoubled() !== undefined,
    );
    for (const _copy of copies) {
      note({ soak: "failed", of: "queue", way: "doubled" });
    }
    return {
      queue,
      messages: copies.map(({ id, body, attempts }) => ({ id, body, attempts, ack() {}, retry() {} })),
      retryAll() {},
    };
  }

  return {
    async fetch(request, env, context) {
      if (new URL(request.url).pathname !== CONTROL_PATH) {
        return worker.fetch(request, faultyOf(env), context);
      }
      if (request.method === "PUT") {
        const word = await request.text();
        Object.assign(stateOf(env), word === "calm" ? { isCalm: true } : { isPolicyStoreDown: false });
      }
      return Response.json({ open: stateOf(env).open });
    },
    async queue(batch, env, context) {
      const { queue } = batch;
      const messages = batch.messages.map((message) => counted(message, env));
      const doubles = doublesOf(batch);
      await Promise.all([
        worker.queue(
          { queue, messages, retryAll: (options) => batch.retryAll(options) },
          faultyOf(env),
          context,
        ),
        ...(doubles.messages.length > 0 ? [worker.queue(doubles, faultyOf(env), context)] : []),
      ]);
    },
    scheduled: (controller, env, context) => worker.scheduled(controller, faultyOf(env), context),
  };
}
