import type { IncomingMessage } from "node:http";
import { effectMark } from "../src/ledger/event-reactions.ts";
import { passkeyEventId } from "./plan.ts";
import { PASSKEY_REACTION } from "./policy.ts";
import { startService, type Service, type ServiceOptions, type ServiceWay } from "./service.ts";

/** What reactions reach: the alert service, the user pool's API and Authsignal's. */
export interface OutsideServices {
  readonly alerts: Service;
  readonly pool: Service;
  readonly authsignal: Service;
}

type Tell = Pick<ServiceOptions, "random" | "onDone">;

const OFTEN: readonly ServiceWay[] = ["refused", "reset", "lost"];
/** Each costs the sender its whole deadline, and with it the batch. */
const SELDOM: readonly ServiceWay[] = ["late", "hanging"];
const OF_ALERTS = [
  { every: 25, ways: OFTEN },
  { every: 2_000, ways: SELDOM },
];
/** Asked a twentieth as often. */
const OF_SESSIONS = [
  { every: 6, ways: OFTEN },
  { every: 200, ways: SELDOM },
];

/** Starts all three; `tell.onDone` hears of all that they do. */
export async function startOutside(tell: Tell): Promise<OutsideServices> {
  const [alerts, pool, authsignal] = await Promise.all([
    startService({
      ...tell,
      markOf: ({ headers }) => `alert:${String(headers["idempotency-key"])}`,
      answer: { status: 204 },
      refusal: { status: 503 },
      mishaps: OF_ALERTS,
    }),
    startService({
      ...tell,
      markOf: signedOut,
      answer: { status: 200, json: {} },
      refusal: { status: 400, json: { __type: "TooManyRequestsException", message: "Rate exceeded" } },
      mishaps: OF_SESSIONS,
    }),
    startService({
      ...tell,
      markOf: sessionsRevoked,
      answer: { status: 200, json: {} },
      refusal: { status: 503, json: { error: "unavailable" } },
      mishaps: OF_SESSIONS,
    }),
  ]);
  return { alerts, pool, authsignal };
}

/** cognito.md 3.4. */
function signedOut({ headers }: IncomingMessage, body: string): string | undefined {
  return headers["x-amz-target"] === "AWSCognitoIdentityProviderService.AdminUserGlobalSignOut"
    ? effectMark("sign-out-cognito", ofUser(body, "Username"), PASSKEY_REACTION)
    : undefined;
}

function sessionsRevoked({ url }: IncomingMessage, body: string): string | undefined {
  return url === "/v1/sessions/user/revoke"
    ? effectMark("revoke-authsignal-sessions", ofUser(body, "userId"), PASSKEY_REACTION)
    : undefined;
}

/** Neither API hears of an event: the plan has one such event for each user. */
function ofUser(body: string, name: string): string {
  return passkeyEventId(String(Reflect.get(Object(JSON.parse(body)), name)));
}
