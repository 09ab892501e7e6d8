import type { Tracked } from "../authsignal/port.ts";
import type { SignInQuestion } from "../authsignal/sign-in.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { parseSub, type Sub } from "../identity/principal.ts";
import { decideRound, type Decision } from "./decision.ts";
import { DECOY_KEY, DECOY_USER, decoyOf } from "./decoy.ts";
import { readClientContext, type ClientContext } from "./client-context.ts";
import type { SignInClient, TriggerClients } from "./config.ts";
import { tokenDigest } from "./digest.ts";
import type { CreateEvent } from "./events.ts";
import { refusalOf } from "./outage.ts";
import type { TriggerPorts } from "./ports.ts";
import { keyOf, metadataOf, progressOf, type Progress } from "./progress.ts";
import type { Refusal } from "./refusal.ts";
import { signTicket } from "./ticket.ts";
import { verifiedAddressOf } from "./verified-address.ts";

/** CreateAuthChallenge's answer. All values are texts (authsignal.md 8.1). */
export interface Creation {
  readonly publicChallengeParameters: Readonly<Record<string, string>>;
  readonly privateChallengeParameters: Readonly<Record<string, string>>;
  readonly challengeMetadata: string;
}

type Round = Extract<Progress, { next: "challenge" }>;

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
  const client = clients.get(event.callerContext.clientId);
  if (client === undefined || event.request.challengeName !== "CUSTOM_CHALLENGE") {
    return fail({ code: "sign_in_failed", reason: "not_ours" });
  }
  const progress = progressOf(event.request.session ?? [], client);
  switch (progress.next) {
    case "prepare":
      return ok({
        publicChallengeParameters: { step: "prepare" },
        privateChallengeParameters: { kind: "prepare" },
        challengeMetadata: metadataOf("prepare", ports.randomUuid(), 0),
      });
    case "challenge":
      return event.request.userNotFound === true
        ? askAboutNobody(event, client, progress, ports)
        : askAbout(event, client, progress, ports);
    case "password":
    case "tokens":
    case "refuse":
      return fail({ code: "sign_in_failed", reason: "out_of_order" });
    default:
      return progress satisfies never;
  }
}

async function askAbout(
  event: CreateEvent,
  client: SignInClient,
  round: Round,
  ports: TriggerPorts,
): Promise<Result<Creation, Refusal>> {
  const { clientId } = event.callerContext;
  const attributes = event.request.userAttributes ?? {};
  const sub = parseSub(attributes["sub"]);
  if (sub === undefined) {
    return fail({ code: "sign_in_failed", reason: "no_sub" });
  }
  const context = await contextOf(event, ports);
  const question = questionOf(client, clientId, round, sub, attributes, context);
  let tracked = await ports.authsignal.track(question);
  let key = question.idempotencyKey;
  const address = verifiedAddressOf(attributes);
  if (
    tracked.ok &&
    tracked.value.state === "ALLOW" &&
    !tracked.value.isEnrolled &&
    client.unenrolled === "verified-address" &&
    address !== undefined
  ) {
    const enrolled = await ports.authsignal.enrolAddress(sub, address);
    if (!enrolled.ok) {
      return fail(refusalOf(enrolled.error));
    }
    key = `${key}-enrolled`;
    tracked = await ports.authsignal.track({ ...question, idempotencyKey: key });
  }
  if (!tracked.ok) {
    return fail(refusalOf(tracked.error));
  }
  const decision = decideRound(tracked.value, client, round.firstFactor);
  ports.record({
    trigger: "create",
    clientId,
    sub,
    key,
    outcome: decision.kind,
    ruleIds: tracked.value.ruleIds,
    ...(decision.kind === "refuse" ? { reason: decision.reason } : {}),
  });
  if (decision.kind === "refuse") {
    // Before a password, why a user may not sign in is nobody's business, nor that there is such a user.
    return round.firstFactor === "none" && typeof event.request.userNotFound === "boolean"
      ? ok(await nothing(event, client, round, tracked.value, [], ports))
      : fail(decision);
  }
  return present(decision, tracked.value, { event, client, round, sub, key }, ports);
}

/** The same question, about a user who is nobody: as long, and of the same shape. */
async function askAboutNobody(
  event: CreateEvent,
  client: SignInClient,
  round: Round,
  ports: TriggerPorts,
): Promise<Result<Creation, Refusal>> {
  const { clientId } = event.callerContext;
  const context = await contextOf(event, ports);
  const question = questionOf(client, clientId, round, DECOY_USER, {}, context);
  const tracked = await ports.authsignal.track({ ...question, idempotencyKey: DECOY_KEY });
  ports.record({ trigger: "create", clientId, outcome: "decoy" });
  if (!tracked.ok) {
    return fail(refusalOf(tracked.error));
  }
  const names = [
    [DECOY_USER, ports.randomUuid()],
    [DECOY_KEY, question.idempotencyKey],
  ] as const;
  return ok(await nothing(event, client, round, tracked.value, names, ports));
}

function contextOf(event: CreateEvent, ports: TriggerPorts): Promise<ClientContext> {
  const expected = { clientId: event.callerContext.clientId, userName: event.userName };
  return readClientContext(event.request.clientMetadata ?? {}, expected, ports.keyring, ports.nowSeconds());
}

function questionOf(
  client: SignInClient,
  clientId: string,
  { nonce, round, firstFactor }: Round,
  sub: Sub,
  attributes: Readonly<Record<string, string>>,
  { source, ...context }: ClientContext,
): SignInQuestion {
  const email = attributes["email_verified"] === "true" ? attributes["email"] : undefined;
  const phoneNumber = attributes["phone_number_verified"] === "true" ? attributes["phone_number"] : undefined;
  return {
    userId: sub,
    action: client.action,
    idempotencyKey: keyOf(nonce, round),
    ...(client.redirectUrl === undefined ? {} : { redirectUrl: client.redirectUrl }),
    ...(email === undefined ? {} : { email }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...context,
    custom: { clientId, firstFactor, deviceSource: source },
  };
}

/** What the client is told to go on with. */
async function present(
  decision: Exclude<Decision, { kind: "refuse" }>,
  tracked: Tracked,
  about: {
    readonly event: CreateEvent;
    readonly client: SignInClient;
    readonly round: Round;
    readonly sub: Sub;
    readonly key: string;
  },
  ports: TriggerPorts,
): Promise<Result<Creation, Refusal>> {
  const { event, client, round, sub, key } = about;
  const { clientId } = event.callerContext;
  const starter = await tokenDigest(tracked.token);
  if (starter === undefined) {
    return fail({ code: "sign_in_unavailable", reason: "bad_answer" });
  }
  const metadata = (kind: "challenge" | "enrolment"): string => metadataOf(kind, round.nonce, round.round);
  if (decision.kind === "enrolment") {
    return ok({
      publicChallengeParameters: { step: "enrolment", ...wayOf(client, tracked) },
      privateChallengeParameters: { kind: "enrolment" },
      challengeMetadata: metadata("enrolment"),
    });
  }
  const { kind } = decision;
  const { action } = client;
  const ticket = await signTicket(
    ports.keyring,
    { sub, clientId, action, key, kind, starter },
    ports.nowSeconds(),
  );
  return ok({
    publicChallengeParameters: {
      step: kind,
      ticket,
      ...(kind === "allowed" ? { token: tracked.token } : wayOf(client, tracked)),
    },
    privateChallengeParameters: { kind, sub, clientId, key, starter },
    challengeMetadata: metadata("challenge"),
  });
}

function wayOf({ ui }: SignInClient, { token, url }: Pick<Tracked, "token" | "url">): Record<string, string> {
  return ui === "own" ? { token } : { url };
}

/** A challenge that no answer solves. */
async function nothing(
  event: CreateEvent,
  client: SignInClient,
  round: Round,
  tracked: Tracked,
  names: readonly (readonly [string, string])[],
  ports: TriggerPorts,
): Promise<Creation> {
  const { clientId } = event.callerContext;
  const decoy = decoyOf(tracked, names, ports.randomBytes);
  const sub = names[0]?.[1] ?? event.request.userAttributes?.["sub"] ?? "";
  const ticket = await signTicket(
    ports.keyring,
    {
      sub,
      clientId,
      action: client.action,
      key: keyOf(round.nonce, round.round),
      kind: "challenge",
      // Of the length of a real one; no token has it.
      starter: (await tokenDigest(ports.randomUuid())) ?? "",
    },
    ports.nowSeconds(),
  );
  return {
    publicChallengeParameters: { step: "challenge", ticket, ...wayOf(client, decoy) },
    privateChallengeParameters: { kind: "decoy" },
    challengeMetadata: metadataOf("challenge", round.nonce, round.round),
  };
}
