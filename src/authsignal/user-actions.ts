import * as z from "zod/mini";
import { ActionCode } from "../policy/vocabulary.ts";
import { ifValid, ShortText, Time, Word } from "./words.ts";

/** An action as Authsignal lists it: what it is known by, the state it is in, and since when. */
export interface UserAction {
  readonly action: ActionCode;
  readonly idempotencyKey: string;
  readonly state: string;
  readonly stateAtMs: number;
  readonly verificationMethod: string | undefined;
  readonly countryCode: string | undefined;
}

/** More than this is not read: Authsignal's answer is not paged (authsignal.md 2.7). */
const MAX_LISTED = 5_000;
/** Of those the latest are compared; a busy user's earlier ones had their turn before. */
const MAX_COMPARED = 500;

const listSchema = z.array(z.looseObject({ userId: z.optional(z.unknown()) })).check(z.maxLength(MAX_LISTED));

const actionSchema = z.object({
  actionCode: ActionCode,
  idempotencyKey: ShortText,
  createdAt: Time,
  updatedAt: z.optional(Time),
  state: Word,
  stateUpdatedAt: z.optional(Time),
  verificationMethod: ifValid(Word),
  countryCode: ifValid(Word),
});

/**
 * Reads the list of a user's actions. One that is not as documented is left out, as a log record would be: another
 * app of the tenant may have made it. `undefined` when the whole is no such list, none of it can be read, or any of it
 * is somebody else's.
 */
export function readUserActions(answer: unknown, userId: string): readonly UserAction[] | undefined {
  const list = listSchema.safeParse(answer);
  if (!list.success || list.data.some((one) => one.userId !== undefined && one.userId !== userId)) {
    return undefined;
  }
  const read = list.data.map((one) => actionSchema.safeParse(one).data).filter((one) => one !== undefined);
  if (read.length === 0 && list.data.length > 0) {
    return undefined;
  }
  return read
    .map((one) => ({
      action: one.actionCode,
      idempotencyKey: one.idempotencyKey,
      state: one.state,
      stateAtMs: Date.parse(one.stateUpdatedAt ?? one.updatedAt ?? one.createdAt),
      verificationMethod: one.verificationMethod,
      countryCode: one.countryCode,
    }))
    .toSorted((first, second) => second.stateAtMs - first.stateAtMs)
    .slice(0, MAX_COMPARED);
}
