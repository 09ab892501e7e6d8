import type { Tracked } from "../authsignal/port.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { parseSub } from "../identity/principal.ts";
import { readClientContext, type ClientContext } from "./client-context.ts";
import type { SignInClient, TriggerClients } from "./config.ts";
import { challengeStep, decoyStep, enrolmentStep, prepareStep, type Creation } from "./creation.ts";
import { decideRound } from "./decision.ts";
import { DECOY_KEY, DECOY_USER, decoyOf, decoySub } from "./decoy.ts";
import { tokenDigest } from "./digest.ts";
import type { CreateEvent } from "./events.ts";
import { refusalOf } from "./outage.ts";
import type { TriggerPorts } from "./ports.ts";
import { keyOf, progressOf } from "./progress.ts";
import { askAuthsignal, questionOf, type Round } from "./question.ts";
import type { Refusal } from "./refusal.ts";

/** One challenge that is to be made. */
interface Making {
  readonly event: CreateEvent;
  readonly client: SignInClient;
  readonly round: Round;
  readonly context: ClientContext;
  readonly ports: TriggerPorts;
}

/**
 * CreateAuthChallenge. The first question of a sign-in (`prepare`) asks nobody anything: it names the sign-in with a
 * secret that Cognito brings back, so that every later call knows which sign-in it is part of, and it lets the client
 * say where it comes from, which InitiateAuth cannot pass on. The second puts the user to Authsignal.
 */
export async function createAuthChallenge(
  event: CreateEvent,
  clients: TriggerClients,
  ports: TriggerPorts,
): Promise<Result<Creation, Refusal>> {
  const { clientId } = event.callerContext;
  const client = clients.get(clientId);
  if (client === undefined || event.request.challengeName !== "CUSTOM_CHALLENGE") {
    return fail({ code: "sign_in_failed", reason: "not_ours" });
  }
  const round = progressOf(event.request.session ?? [], client);
  switch (round.next) {
    case "prepare":
      return ok(prepareStep(ports.randomUuid()));
    case "challenge": {
      const { userName } = event;
      const context = await readClientContext(
        event.request.clientMetadata ?? {},
        { clientId, userName },
        ports.keyring,
        ports.nowSeconds(),
      );
      const making = { event, client, round, context, ports };
      return event.request.userNotFound === true ? askAboutNobody(making) : askAbout(making);
    }
    case "password":
    case "tokens":
    case "refuse":
      return fail({ code: "sign_in_failed", reason: "out_of_order" });
    default:
      return round satisfies never;
  }
}

async function askAbout(making: Making): Promise<Result<Creation, Refusal>> {
  const { event, client, round, context, ports } = making;
  const { clientId } = event.callerContext;
  const attributes = event.request.userAttributes ?? {};
  const sub = parseSub(attributes["sub"]);
  if (sub === undefined) {
    return fail({ code: "sign_in_failed", reason: "no_sub" });
  }
  const question = questionOf(client, clientId, round, sub, attributes, context);
  const asked = await askAuthsignal(ports.authsignal, client, question, attributes);
  if (!asked.ok) {
    return fail(refusalOf(asked.error));
  }
  const { tracked, key } = asked.value;
  const decision = decideRound(tracked, client, round.firstFactor);
  ports.record({
    trigger: "create",
    clientId,
    sub,
    key,
    outcome: decision.kind,
    ruleIds: tracked.ruleIds,
    ...(decision.kind === "refuse" ? { reason: decision.reason } : {}),
  });
  switch (decision.kind) {
    case "refuse":
      // Before a password, why a user may not sign in is nobody's business, nor that there is such a user.
      if (round.firstFactor !== "none" || typeof event.request.userNotFound !== "boolean") {
        return fail(decision);
      }
      // An answer that leads nowhere has no way to imitate.
      return tracked.url === "" ? askAboutNobody(making) : ok(await decoy(making, tracked, sub, []));
    case "enrolment":
      return ok(enrolmentStep(client, round, tracked));
    case "challenge":
    case "allowed": {
      const starter = await tokenDigest(tracked.token);
      if (starter === undefined || tracked.token === "") {
        return fail(refusalOf({ reason: "bad_answer" }));
      }
      const facts = { sub, clientId, key, starter };
      return ok(await challengeStep(decision.kind, client, round, tracked, facts, sealOf(ports)));
    }
    default:
      return decision satisfies never;
  }
}

/** The same question, about a user who is nobody: as long, and of the same shape. */
async function askAboutNobody(making: Making): Promise<Result<Creation, Refusal>> {
  const { event, client, round, context, ports } = making;
  const { clientId } = event.callerContext;
  const question = questionOf(client, clientId, round, DECOY_USER, {}, context);
  const tracked = await ports.authsignal.track({ ...question, idempotencyKey: DECOY_KEY });
  ports.record({ trigger: "create", clientId, outcome: "decoy" });
  if (!tracked.ok || tracked.value.url === "") {
    return fail(refusalOf(tracked.ok ? { reason: "bad_answer" } : tracked.error));
  }
  const sub = await decoySub(ports.keyring, event.userName);
  const names = [
    [DECOY_USER, sub],
    [DECOY_KEY, question.idempotencyKey],
  ] as const;
  return ok(await decoy(making, tracked.value, sub, names));
}

async function decoy(
  { event, client, round, ports }: Making,
  tracked: Tracked,
  sub: string,
  names: readonly (readonly [from: string, to: string])[],
): Promise<Creation> {
  const way = decoyOf(tracked, names, ports.randomBytes);
  const facts = {
    sub,
    clientId: event.callerContext.clientId,
    key: keyOf(round.nonce, round.round),
    // As long as a real one; no token has it.
    starter: (await tokenDigest(ports.randomUuid())) ?? "",
  };
  return decoyStep(client, round, way, facts, sealOf(ports));
}

function sealOf({ keyring, nowSeconds }: TriggerPorts) {
  return { keyring, nowSeconds: nowSeconds() };
}
