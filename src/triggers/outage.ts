import type { AuthsignalProblem } from "../authsignal/port.ts";
import type { Refusal } from "./refusal.ts";

/** What a client is told when Authsignal could not be asked: both are worth another try, the first one later. */
export function refusalOf(problem: AuthsignalProblem): Refusal {
  switch (problem.reason) {
    case "refused":
      return problem.status === 429
        ? { code: "sign_in_throttled", reason: "throttled" }
        : { code: "sign_in_unavailable", reason: `refused_${problem.status}` };
    case "timeout":
    case "unreachable":
    case "bad_answer":
    case "bad_question":
    case "too_many_in_flight":
    case "circuit_open":
      return { code: "sign_in_unavailable", reason: problem.reason };
    default:
      return problem satisfies never;
  }
}
