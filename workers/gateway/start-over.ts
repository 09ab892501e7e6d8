import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { ChallengeView, Ledger } from "../../src/ledger/port.ts";
import { renderPage } from "../../src/http/page.ts";
import { judgeKept } from "../../src/policy/overrides.ts";
import { parseTarget } from "../../src/policy/target.ts";
import { returnToAppPage } from "../../src/stepup/pages.ts";
import { headersOfKept, openKept } from "../../src/stepup/sealed.ts";
import { attemptOf } from "./attempt.ts";
import { refuse, seeOther, type Exchange } from "./exchange.ts";
import { signInProblem } from "./sign-in-conditions.ts";
import { factsOf } from "./sign-in.ts";
import { begin, refuseLimited, refuseStepUp, startedCookie } from "./step-up.ts";

/** A challenge of the session that asks. */
export interface Own {
  readonly authenticated: Authenticated;
  readonly ledger: Ledger;
  readonly challenge: ChallengeView;
}

/** Judges and asks again for a kept request, whose challenge is then superseded. */
export async function startOver(
  exchange: Exchange,
  { authenticated, ledger, challenge }: Own,
): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const { principal } = authenticated;
  const sealed = await ledger.kept(factsOf(principal), challenge.id);
  const kept =
    sealed === undefined ? undefined : await openKept(gateway.keyring, principal.sub, challenge.id, sealed);
  const target = kept === undefined ? undefined : parseTarget(kept.publicOrigin + kept.target);
  if (kept === undefined || target === undefined || !target.ok) {
    // A program's request is not kept: it repeats it itself.
    return challenge.hasKept ? refuse(request, requestId, "challenge_ended") : renderPage(returnToAppPage());
  }
  const headers = headersOfKept(kept);
  const judgement = judgeKept(exchange.policy, kept.method, target.value, headers, kept.body);
  const startedSeconds = Math.floor(challenge.createdAtMs / 1000);
  if (
    judgement.kind === "refused" ||
    judgement.requirement !== "step-up" ||
    signInProblem(judgement.signIn, principal, startedSeconds) !== null
  ) {
    return refuse(request, requestId, "challenge_ended", {
      detail: "The policy has changed. Please start again.",
    });
  }
  const attempt = await attemptOf(exchange, authenticated, judgement, {
    method: kept.method,
    publicOrigin: kept.publicOrigin,
    target: target.value,
    headers,
    body: kept.body,
    keep: kept,
    supersedes: challenge.id,
  });
  if (!attempt.ok) {
    return refuse(request, requestId, "attribute_refused");
  }
  const outcome = await begin(exchange, attempt.value);
  if (!outcome.ok && outcome.error === "challenge_ended") {
    return seeOther(`/.sallyport/challenges/${challenge.id}`); // clicked twice: it leads to the one that came of it
  }
  if (!outcome.ok) {
    return refuseStepUp(exchange, authenticated, outcome.error);
  }
  switch (outcome.value.kind) {
    case "challenge":
      return seeOther(`/.sallyport/challenges/${outcome.value.begun.id}`, [
        await startedCookie(exchange, outcome.value.begun.id),
      ]);
    case "resume":
      return seeOther(`/.sallyport/challenges/${outcome.value.id}`);
    case "limited":
      return refuseLimited(exchange, outcome.value.retryAfterSeconds);
    case "forward": // `onUnavailable: "allow"` reached from a page: the person sends it again from the app
    case "sign-in-first":
      return refuse(request, requestId, "step_up_unavailable");
  }
}
