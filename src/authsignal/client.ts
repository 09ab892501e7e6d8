import type { UserActionState } from "@authsignal/node";
import { fail, ok, type Result } from "../http/result.ts";
import { withDeadline } from "./asking.ts";
import { circuitBreaker } from "./breaker.ts";
import { inFlight } from "./in-flight.ts";
import { sdkWithKeys, type Question, type SdkOptions } from "./keys.ts";
import type { AuthsignalProblem, ChallengeApi, ContactsApi, TrackRequest } from "./port.ts";

export interface AuthsignalOptions extends SdkOptions {
  /** Hosts (with port) that a challenge URL may have. */
  readonly challengeHosts: readonly string[];
  readonly nowMs: () => number;
}

/** More than one isolate has under way in ordinary times by far. */
const MAX_IN_FLIGHT = 100;
/** A question may outlast its deadline by what the machine is late. */
const LATE_MS = 1_000;

/** Without it a token of an enrolled user adds nothing (authsignal.md section 4). */
const ADDING = "add:authenticators";

const FORCED = "CHALLENGE_REQUIRED";

/**
 * Authsignal through its own SDK, wrapped once (design decision 12). The SDK has no deadline, retries POSTs behind the
 * caller's back, returns HTML as success, and puts the secret in its errors (authsignal.md 0 and 3); here:
 * one deadline over everything, one retry of our own with the same idempotency key when the connection failed,
 * answers validated, errors reduced to a tag. Ids come in as branded types, whose patterns leave nothing to encode.
 *
 * Around that, per isolate: a circuit breaker, a bound on questions in flight, and the key that was last accepted.
 * The SDK is loaded when it is first needed: most requests never are sensitive.
 */
export function authsignalClient(options: AuthsignalOptions): ChallengeApi & ContactsApi {
  const { deadlineMs, challengeHosts, nowMs } = options;
  const breaker = circuitBreaker(deadlineMs + LATE_MS);
  const calls = inFlight(MAX_IN_FLIGHT, deadlineMs + LATE_MS);
  /** What the breaker last took for trouble: a pause after 429 is no outage, for clients can bring it about. */
  let trouble: AuthsignalProblem | undefined;
  const keys = sdkWithKeys(options);

  /** @param isTrouble which outcomes say that Authsignal itself is in trouble. */
  async function guarded(
    question: Question,
    isTrouble: (problem: AuthsignalProblem) => boolean,
  ): Promise<Result<unknown, AuthsignalProblem>> {
    const end = calls.begin(nowMs());
    if (end === undefined) {
      return fail({ reason: "too_many_in_flight" });
    }
    try {
      if (!breaker.admits(nowMs())) {
        return fail(
          trouble?.reason === "refused" && trouble.status === 429 ? trouble : { reason: "circuit_open" },
        );
      }
      const answer = await withDeadline(deadlineMs, (isOver) => keys.ask(question, isOver));
      trouble = !answer.ok && isTrouble(answer.error) ? answer.error : undefined;
      breaker.note(trouble === undefined ? "answered" : "failed", nowMs());
      return answer;
    } finally {
      end();
    }
  }

  return {
    async track(request) {
      const body = toWire(request);
      if (body === undefined) {
        return fail({ reason: "bad_question" });
      }
      const answer = await guarded((sdk) => sdk.track(body), isOutage);
      return answer.ok ? (await answers()).readTracked(answer.value, request, challengeHosts) : answer;
    },
    async validate(token, userId, action) {
      // The token is the client's: what an odd one makes of Authsignal must not close the routes of everybody else.
      const answer = await guarded((sdk) => sdk.validateChallenge({ token, userId, action }), isUnreachable);
      return answer.ok ? (await answers()).readValidated(answer.value) : answer;
    },
    async verifiedContacts(userId) {
      const answer = await guarded((sdk) => sdk.getUser({ userId }), isOutage);
      return answer.ok ? (await answers()).readContacts(answer.value) : answer;
    },
    async force(key) {
      // The SDK's enum has this text; loading the enum here would load the SDK.
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment
      const attributes = { state: FORCED as UserActionState };
      const answer = await guarded((sdk) => sdk.updateAction({ ...key, attributes }), isOutage);
      const state = answer.ok ? (await answers()).readState(answer.value) : answer;
      return state.ok ? ok(state.value === FORCED) : state;
    },
    async stateOf(key) {
      const answer = await guarded((sdk) => sdk.getAction(key), isOutage);
      return answer.ok ? (await answers()).readState(answer.value) : answer;
    },
    async factorOf({ userId, action, idempotencyKey }, method) {
      const answer = await guarded(
        (sdk) =>
          Promise.all([
            sdk.getAuthenticators({ userId }),
            sdk.queryUserActions({ userId, actionCodes: [action] }),
          ]),
        isOutage,
      );
      if (!answer.ok) {
        return answer;
      }
      const { readFactor } = await import("./factor.ts");
      const [authenticators, actions] = Array.isArray(answer.value) ? answer.value : [];
      const factor = readFactor(authenticators, actions, { idempotencyKey, method });
      return factor === undefined ? fail({ reason: "bad_answer" }) : ok(factor);
    },
  };
}

/** What reads the answers is loaded with the first of them, as the SDK is. */
const answers = () => import("./answers.ts");

function isUnreachable({ reason }: AuthsignalProblem): boolean {
  return reason === "timeout" || reason === "unreachable";
}

/** Also what Authsignal says of itself: it fails, or wants to be left alone (429). */
function isOutage(problem: AuthsignalProblem): boolean {
  return (
    isUnreachable(problem) ||
    (problem.reason === "refused" && (problem.status >= 500 || problem.status === 429))
  );
}

/**
 * The SDK puts ids into the path as they are (authsignal.md 3.3), so they are encoded here. Branded ids have nothing to
 * encode; `undefined` for the two that encoding does not help.
 */
function toWire(request: TrackRequest) {
  const [userId, action] = [encodeURIComponent(request.userId), encodeURIComponent(request.action)];
  if ([userId, action].some((id) => id === "" || id === "." || id === "..")) {
    return undefined;
  }
  const { idempotencyKey, redirectUrl, ipAddress, userAgent, deviceId, custom } = request;
  return {
    userId,
    action,
    attributes: {
      idempotencyKey,
      ...(redirectUrl === undefined ? {} : { redirectUrl }),
      custom: { ...custom },
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(deviceId === undefined ? {} : { deviceId }),
      ...(request.opensSettings === undefined ? {} : { scope: ADDING, redirectToSettings: true }),
    },
  };
}
