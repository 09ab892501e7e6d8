import { describeJudgement } from "../policy/describe.ts";
import { judgeEachReading } from "../policy/judge.ts";
import type { Policy } from "../policy/parse.ts";
import type { Command } from "./command.ts";
import { decisionOf, type Decision } from "./decision.ts";
import { readOptions } from "./options.ts";
import { readText, readValidPolicy } from "./policy-file.ts";
import { headersOf, readJsonFile, requestOf, User, type Request } from "./request.ts";

const help = `Says what a policy requires of one request, and why.

Usage: sallyport policy explain METHOD URL [options]

  METHOD URL            the request; a path alone stands for any host
  --policy FILE         the policy (default policy.json)
  --as FILE             who asks, as JSON: {"groups": [], "scopes": [], "claims": {},
                        "signedInSecondsAgo": 60}; left out, the sign-in is good enough
  --header 'NAME: V'    a header; may be repeated
  --body FILE           the body: JSON, a form, or multipart, by its look or by Content-Type
  --json                for programs

Prints every reading of the path and what it requires, the decision, the deciding route with its
defaults written out, and what would be sent to Authsignal.

Exit code: 0, or 2 when something cannot be read.`;

/** `sallyport policy explain`. */
export const explain: Command = {
  summary: "what is required of one request, under which reading, and why",
  help,
  async run(args) {
    const kinds = { policy: "text", as: "text", body: "text", header: "texts" } as const;
    const { options, positionals } = readOptions(args, kinds, ["METHOD", "URL"]);
    const [method = "", url = ""] = positionals;
    const { policy } = await readValidPolicy(options.policy ?? "policy.json");
    const user = options.as === undefined ? null : await readJsonFile(options.as, User);
    const body = options.body === undefined ? null : await readText(options.body);
    const request = requestOf(method, url, headersOf(options.header), body);
    const decision = decisionOf(policy, request, user);
    return explainDecision(policy, request, decision);
  },
};

function explainDecision(policy: Policy, request: Request, decision: Decision) {
  const readings = readingsOf(policy, request);
  const definition =
    decision.judgement?.kind === "route"
      ? (decision.judgement.route?.definition ?? policy.document.default)
      : null;
  const sent = sentFor(request, decision);
  const lines = [
    `${request.method} ${request.url}`,
    "",
    `  ${decision.full}`,
    `  ${decision.why}`,
    ...(policy.isShadow
      ? ["  The whole policy is in shadow: this is recorded, and the request goes on."]
      : []),
    ...(readings.length < 2
      ? []
      : ["", "Readings", ...readings.map(({ reading, requires }) => `  ${reading}  ->  ${requires}`)]),
    ...(definition === null ? [] : ["", "Decided by, defaults written out", indented(definition)]),
    ...(sent === null ? [] : ["", "Sent to Authsignal", indented(sent)]),
    ...(decision.summary.length === 0
      ? []
      : [
          "",
          "Shown before approving",
          ...decision.summary.map(({ label, value }) => `  ${label}: ${value}`),
        ]),
  ];
  const { judgement: _judgement, ...rest } = decision;
  return { code: 0 as const, text: lines.join("\n"), json: { ...rest, readings, definition, sent } };
}

/** Each reading with what it requires by itself; folded ones only where folding changes that. */
function readingsOf(policy: Policy, { method, target, headers }: Request) {
  if (target === null) {
    return [];
  }
  const all = judgeEachReading(policy, method, target, headers).map(({ reading, isFolded, judgement }) => ({
    reading: isFolded ? `${reading} (any case)` : reading,
    requires:
      judgement.kind === "route"
        ? `${describeJudgement(judgement)}, by ${judgement.id}`
        : describeJudgement(judgement),
  }));
  return all.filter(({ requires }, index) => index % 2 === 0 || requires !== all[index - 1]?.requires);
}

/** The question that the gateway would put, with what only it knows left open. */
function sentFor({ method }: Request, { judgement, attributes, route }: Decision): object | null {
  if (judgement?.kind !== "route" || judgement.requirement !== "step-up") {
    return null;
  }
  const declared = Object.keys(judgement.route.definition.attributes);
  return {
    userId: "(the user's sub)",
    action: judgement.route.definition.action,
    ipAddress: "(of the request)",
    userAgent: "(of the request)",
    deviceId: "(of the device cookie)",
    custom: {
      route,
      httpMethod: method,
      secondsSinceSignIn: "(number)",
      newSession: "(true in the first five minutes)",
      secondsSinceStepUp: "(number)",
      lastStepUpMethod: "(such as EMAIL_OTP, or NONE)",
      country: "(two letters, or unknown)",
      ...(attributes ?? Object.fromEntries(declared.map((name) => [name, "(from the request)"]))),
    },
  };
}

function indented(value: object): string {
  return JSON.stringify(value, null, 2).replace(/^/gm, "  ");
}
