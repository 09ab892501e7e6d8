import { Authsignal } from "@authsignal/node";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { REACTION_EFFECTS, type ReactionEffect } from "../../../src/policy/reaction-schema.ts";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send } from "../../support/http.ts";
import { startOrigin, type Origin } from "../../support/origin.ts";
import { bringToken, LARGE, problemOf, startChallenge, transferBy } from "../../support/program.ts";
import { bearer } from "../../support/sign-in.ts";
import { ALICE, BOB } from "../../support/users.ts";
import { recorded, resetAuthsignal } from "../../support/watched-world.ts";
import { startWebhookWorld, type WebhookWorld } from "../../support/webhooks.ts";
import type { SeedUser } from "../../../workers/local/seed.ts";
import { callSigned } from "../local/cognito/signed.ts";

const ON = ["action.log_created"];
const LIMITS = { challenges: 1000, within: "10m" };
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    // Authsignal asks for a check each time: what spares it is `fresh` alone.
    {
      id: "transfer",
      match: { methods: ["POST"], path: "/transfer" },
      require: "step-up",
      action: "add-payee",
      fresh: "1h",
      limits: LIMITS,
    },
    // Authsignal lets everything through.
    {
      id: "pay",
      match: { methods: ["POST"], path: "/pay" },
      require: "step-up",
      action: "transfer",
      limits: LIMITS,
    },
  ],
  reactions: [
    ...REACTION_EFFECTS.map((effect) => ({
      id: `only-${effect}`,
      on: ON,
      where: { "==": [{ var: "action" }, effect] },
      do: [effect],
    })),
    { id: "every", on: ON, do: ["record"] },
  ],
};
const WAIT = { timeout: 20_000, interval: 20 };

/** What a session can do, and why not. */
interface Outlook {
  /** A route that needs a sign-in. */
  readonly page: string;
  /** A step-up route whose check was passed a moment ago. */
  readonly fresh: string;
  /** A step-up route on which Authsignal asks for nothing. */
  readonly allowed: string;
  /** Cognito's refresh token. */
  readonly refresh: "ok" | "ended";
  /** Authsignal's own session. */
  readonly authsignal: "ok" | "ended";
}

/** What can be seen from outside after an event about Alice. */
interface Seen {
  /** Alice's session that started the event's challenge. */
  readonly own: Outlook;
  readonly other: Outlook;
  /** Bob's, whom no event is about. */
  readonly stranger: Outlook;
  readonly signsIn: boolean;
  readonly alerts: number;
  readonly records: number;
}

const UNTOUCHED: Outlook = { page: "ok", fresh: "ok", allowed: "ok", refresh: "ok", authsignal: "ok" };
const BEFORE: Seen = {
  own: UNTOUCHED,
  other: UNTOUCHED,
  stranger: UNTOUCHED,
  signsIn: true,
  alerts: 0,
  records: 0,
};
const REVOKED: Outlook = {
  ...UNTOUCHED,
  page: "session_revoked",
  fresh: "session_revoked",
  allowed: "session_revoked",
};
const NOT_FRESH: Outlook = { ...UNTOUCHED, fresh: "step_up_required" };
const ASKED: Outlook = { ...NOT_FRESH, allowed: "step_up_required" };
const NO_REFRESH: Outlook = { ...UNTOUCHED, refresh: "ended" };
const NO_AUTHSIGNAL: Outlook = { ...UNTOUCHED, authsignal: "ended" };

/** What each effect changes, and so what it leaves alone. */
const CHANGES: Readonly<Record<ReactionEffect, Partial<Seen>>> = {
  "revoke-session": { own: REVOKED },
  "revoke-user": { own: REVOKED, other: REVOKED },
  "revoke-others": { other: REVOKED },
  "end-grants": { own: NOT_FRESH, other: NOT_FRESH },
  "require-step-up": { own: ASKED, other: ASKED },
  "sign-out-cognito": { own: NO_REFRESH, other: NO_REFRESH },
  "disable-user": { own: NO_REFRESH, other: NO_REFRESH, signsIn: false },
  "revoke-authsignal-sessions": { own: NO_AUTHSIGNAL, other: NO_AUTHSIGNAL },
  alert: { alerts: 1 },
  record: { records: 1 },
};

/** A session that has passed a check, with a session of Authsignal's own. */
interface Visitor {
  readonly token: string;
  readonly refreshToken: string;
  readonly authsignalToken: string;
  readonly challengeId: string;
}

let origin: Origin;
let hooks: WebhookWorld;
let sdk: Authsignal;
beforeAll(async () => {
  origin = await startOrigin();
  hooks = await startWebhookWorld({ policy: POLICY, world: { origin: origin.url } });
  const { authsignal, authsignalSecret } = hooks.world;
  sdk = new Authsignal({ apiSecretKey: authsignalSecret, apiUrl: `${authsignal.url}/v1` });
});
afterAll(async () => {
  await hooks.close();
  await origin.close();
  expect(hooks.world.leaks()).toEqual([]);
});
beforeEach(async () => {
  await resetAuthsignal(hooks.world);
  await ofPool("AdminEnableUser");
  // A sign-in in the very second of a revocation is over, by design.
  const second = Math.floor(Date.now() / 1000);
  await vi.waitUntil(() => Math.floor(Date.now() / 1000) > second, WAIT);
});

const ofPool = (operation: string) =>
  callSigned(
    hooks.world.cognito,
    operation,
    JSON.stringify({ UserPoolId: hooks.world.userPoolId, Username: ALICE.username }),
  );

async function visitorOf(user: SeedUser): Promise<Visitor> {
  const { world } = hooks;
  const { AccessToken: token, RefreshToken: refreshToken } = await hooks.signIn(user.username);
  const challenge = await startChallenge(world, token);
  const result = await completeInUi(world, challenge.url, user);
  expect((await bringToken(challenge, token, result.token)).status).toBe(200);
  const { accessToken } = await sdk.createSession({ clientId: "local-app", token: result.token });
  world.confide(token, refreshToken, accessToken);
  return { token, refreshToken, authsignalToken: accessToken, challengeId: challenge.id };
}

async function atGateway({ token }: Visitor): Promise<Pick<Outlook, "page" | "fresh" | "allowed">> {
  const { gatewayUrl } = hooks.world;
  const [page, fresh, allowed] = await Promise.all([
    send(`${gatewayUrl}/`, { headers: bearer(token) }),
    transferBy(hooks.world, token, LARGE),
    send(`${gatewayUrl}/pay`, { method: "POST", headers: bearer(token) }),
  ]);
  const codeOf = (answer: typeof page) => (answer.status === 200 ? "ok" : problemOf(answer).code);
  return { page: codeOf(page), fresh: codeOf(fresh), allowed: codeOf(allowed) };
}

async function outlookOf(visitor: Visitor): Promise<Outlook> {
  const [gateway, refreshed, isValid] = await Promise.all([
    atGateway(visitor),
    hooks.cognito("GetTokensFromRefreshToken", { RefreshToken: visitor.refreshToken }),
    sdk.validateSession({ accessToken: visitor.authsignalToken }).then(
      () => true,
      () => false,
    ),
  ]);
  return {
    ...gateway,
    refresh: refreshed.status === 200 ? "ok" : "ended",
    authsignal: isValid ? "ok" : "ended",
  };
}

describe("what an event about a challenge does, seen from outside", () => {
  it.each(REACTION_EFFECTS)("%s: that, and nothing else", async (effect) => {
    const changes = Object.keys(CHANGES).includes(effect) ? CHANGES[effect] : {};
    expect(Object.keys(changes), `${effect} has a row above`).not.toEqual([]);
    const expected: Seen = { ...BEFORE, ...changes };

    const own = await visitorOf(ALICE);
    const other = await visitorOf(ALICE);
    const stranger = await visitorOf(BOB);
    const event = hooks.recordOf(ALICE.username, "action.log_created", {
      actionCode: effect,
      idempotencyKey: own.challengeId,
    }) as { readonly id: string }; // an envelope has one
    const records = (reaction: string) =>
      recorded(hooks.world, "event_received").filter(
        ({ requestId }) => requestId === `${event.id}/${reaction}`,
      );
    const seen = async (): Promise<Seen> => ({
      own: await outlookOf(own),
      other: await outlookOf(other),
      stranger: await outlookOf(stranger),
      signsIn: (await hooks.signIn(ALICE.username)) !== undefined,
      alerts: hooks.alertsOf(`only-${effect}`, ALICE.username).length,
      records: records(`only-${effect}`).length,
    });
    expect(await seen()).toEqual(BEFORE);

    expect((await hooks.deliver({ records: [event] })).status).toBe(200);
    // What the gateway refuses it refuses from the answer on; the rest follows by the queue.
    for (const [visitor, { page, fresh, allowed }] of [
      [own, expected.own],
      [other, expected.other],
      [stranger, expected.stranger],
    ] as const) {
      expect(await atGateway(visitor)).toEqual({ page, fresh, allowed });
    }
    // The last but an alert that the queue's consumer does: whatever else the event does is done by then.
    await vi.waitFor(() => expect(records("every")).toHaveLength(1), WAIT);
    await vi.waitFor(async () => expect(await seen()).toEqual(expected), WAIT);
  });
});
