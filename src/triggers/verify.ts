import * as z from "zod/mini";
import { fail, ok, type Result } from "../http/result.ts";
import { parseSub } from "../identity/principal.ts";
import { completionProblem } from "./completion.ts";
import type { TriggerClients } from "./config.ts";
import { DECOY_USER } from "./decoy.ts";
import { tokenDigest } from "./digest.ts";
import type { VerifyEvent } from "./events.ts";
import { refusalOf } from "./outage.ts";
import type { TriggerPorts } from "./ports.ts";
import type { Refusal } from "./refusal.ts";

/** VerifyAuthChallengeResponse's answer. */
export interface Verification {
  readonly answerCorrect: boolean;
}

/** What Create kept in Cognito's hands. */
const privateParameters = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("prepare") }),
  z.object({ kind: z.literal("enrolment") }),
  z.object({ kind: z.literal("decoy") }),
  z.object({
    kind: z.enum(["challenge", "allowed"]),
    sub: z.string(),
    clientId: z.string(),
    key: z.string(),
    starter: z.string(),
  }),
]);

/** Authsignal's tokens are a fraction of it. */
const MAX_ANSWER_CHARACTERS = 8_192;

/**
 * VerifyAuthChallengeResponse: whether the token that the client brings completes the very round that Create began.
 * An answer to `prepare` and `enrolment` is always right and gets nobody in: Define asks on.
 */
export async function verifyAuthChallengeResponse(
  event: VerifyEvent,
  clients: TriggerClients,
  ports: TriggerPorts,
): Promise<Result<Verification, Refusal>> {
  const { clientId } = event.callerContext;
  const client = clients.get(clientId);
  const kept = privateParameters.safeParse(event.request.privateChallengeParameters ?? {});
  if (client === undefined || !kept.success) {
    return fail({ code: "sign_in_failed", reason: "not_ours" });
  }
  const round = kept.data;
  const answer = event.request.challengeAnswer ?? "";
  const isToken = answer.length <= MAX_ANSWER_CHARACTERS && /^[\x21-\x7e]+$/.test(answer);
  switch (round.kind) {
    case "prepare":
    case "enrolment":
      return ok({ answerCorrect: true });
    case "decoy": {
      // Asked all the same: an answer about nobody must take as long.
      const validated = isToken
        ? await ports.authsignal.validate(answer, DECOY_USER, client.action)
        : undefined;
      return validated?.ok === false ? fail(refusalOf(validated.error)) : ok({ answerCorrect: false });
    }
    case "challenge":
    case "allowed":
      break;
    default:
      return round satisfies never;
  }
  const sub = parseSub(event.request.userAttributes?.["sub"]);
  if (sub === undefined || sub !== round.sub || clientId !== round.clientId) {
    return fail({ code: "sign_in_failed", reason: "another_users_round" });
  }
  if (!isToken) {
    return ok({ answerCorrect: false });
  }
  const validated = await ports.authsignal.validate(answer, sub, client.action);
  if (!validated.ok) {
    return fail(refusalOf(validated.error));
  }
  const problem = completionProblem(validated.value, { ...round, sub }, await tokenDigest(answer), client);
  const { verificationMethod } = validated.value;
  ports.record({
    trigger: "verify",
    clientId,
    sub,
    key: round.key,
    outcome: problem === undefined ? round.kind : "wrong",
    ...(problem === undefined ? {} : { reason: problem }),
    ...(verificationMethod === undefined ? {} : { verificationMethod }),
  });
  return ok({ answerCorrect: problem === undefined });
}
