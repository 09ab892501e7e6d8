import { Agent } from "node:http";
import { CHALLENGE_HOST, CHALLENGED_ACTION, startCountingAuthsignal } from "./authsignal.ts";
import type { CountingAuthsignal } from "./authsignal.ts";
import { COUNTED_GATEWAY, takeLedgerCalls } from "./ledger-calls.ts";
import { ask, type Asked } from "./request.ts";
import { bearer } from "./scenarios.ts";
import { estimateMedian, median, type Estimate } from "./stats.ts";
import { serveWorker } from "./workerd.ts";
import type { BenchWorld } from "./world.ts";
import type { User } from "./identities.ts";

/** The routes that are compared: none of them does anything in the app. */
export const STEP_UP_ROUTES = [
  { name: "bare", title: "sign-in route", path: "/accounts", maxAuthsignal: 0, maxLedger: 1 },
  { name: "always", title: "step-up, asked each time", path: "/transfer", maxAuthsignal: 1, maxLedger: 2 },
  { name: "fresh", title: "step-up, fresh enough", path: "/pay", maxAuthsignal: 0, maxLedger: 1 },
] as const;
export type StepUpRoute = (typeof STEP_UP_ROUTES)[number];

/** What one request to a route costs. */
export interface MeasuredRoute {
  /** Calls for each request. */
  readonly authsignalCalls: number;
  readonly ledgerCalls: number;
  /** From the request's first byte to the answer's last, one request at a time. */
  readonly latencyMs: Estimate;
}
export type MeasuredStepUp = ReadonlyMap<StepUpRoute["name"], MeasuredRoute>;

const BODY = '{"amount":12.5}';
const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [
    stepUpRoute("transfer", "/transfer", "transfer", {}),
    stepUpRoute("pay", "/pay", CHALLENGED_ACTION, { fresh: "1h" }),
  ],
  reactions: [],
});

/**
 * Measures what a step-up adds, with an Authsignal that answers at once: the gateway's own share, and how often it asks.
 * A sign-in route reads the ledger every few seconds for each session, so its calls are a fraction.
 *
 * @throws when a route asks Authsignal or the ledger more often than is promised, or answers anything but 200.
 */
export async function measureStepUp(world: BenchWorld, rounds: number): Promise<MeasuredStepUp> {
  const authsignal = await startCountingAuthsignal();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const { gatewaySource, folder, identities } = world;
    const gateway = await serveWorker(
      {
        ...gatewaySource,
        name: "step-up",
        script: COUNTED_GATEWAY,
        modules: { "gateway.js": gatewaySource.script },
        policy: POLICY,
        settings: {
          ...gatewaySource.settings,
          AUTHSIGNAL_URL: authsignal.apiUrl,
          AUTHSIGNAL_CHALLENGE_HOSTS: CHALLENGE_HOST,
        },
      },
      folder,
    );
    try {
      const { port } = gateway;
      for (const user of identities.users) {
        await stepUp(port, user, authsignal);
      }
      return await measureRoutes({ port, agent, authsignal, users: identities.users }, rounds);
    } finally {
      await gateway.stop();
    }
  } finally {
    agent.destroy();
    await authsignal.stop();
  }
}

interface Stage {
  readonly port: number;
  readonly agent: Agent;
  readonly authsignal: CountingAuthsignal;
  readonly users: readonly User[];
}

async function measureRoutes(stage: Stage, rounds: number): Promise<MeasuredStepUp> {
  const seen = STEP_UP_ROUTES.map((route) => ({
    route,
    latencies: [] as number[],
    authsignal: 0,
    ledger: 0,
  }));
  for (const { route } of seen) {
    await oneRound(stage, route); // warms up
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const one of round % 2 === 0 ? seen : seen.toReversed()) {
      await takeLedgerCalls(stage.port);
      const before = stage.authsignal.calls();
      one.latencies.push(await oneRound(stage, one.route));
      one.authsignal += stage.authsignal.calls() - before;
      one.ledger += await takeLedgerCalls(stage.port);
    }
  }
  const requests = rounds * stage.users.length;
  return new Map(
    seen.map(({ route, latencies, authsignal, ledger }) => {
      const [authsignalCalls, ledgerCalls] = [authsignal / requests, ledger / requests];
      if (authsignalCalls !== route.maxAuthsignal || ledgerCalls > route.maxLedger) {
        throw new Error(
          `${route.title} (POST ${route.path}) costs ${authsignalCalls} calls to Authsignal and ${ledgerCalls} to the ledger, where ${route.maxAuthsignal} and at most ${route.maxLedger} are promised`,
        );
      }
      return [
        route.name,
        { authsignalCalls, ledgerCalls, latencyMs: estimateMedian(latencies, Math.random) },
      ];
    }),
  );
}

/** A request of each user, one after the other; gives the median of their milliseconds. */
async function oneRound({ port, agent, users }: Stage, { path }: StepUpRoute): Promise<number> {
  const latencies: number[] = [];
  for (const user of users) {
    const beganAtMs = performance.now();
    const answer = await post(port, user, path, { agent });
    latencies.push(performance.now() - beganAtMs);
    expectStatus(path, answer, 200);
  }
  return median(latencies);
}

/** Passes the challenge of the `fresh` route once. */
async function stepUp(port: number, user: User, authsignal: CountingAuthsignal): Promise<void> {
  const refused = await post(port, user, "/pay", {});
  expectStatus("/pay", refused, 401);
  // The problem document of a step-up (README, "For programs").
  const { challenge } = JSON.parse(refused.body) as { readonly challenge: { readonly id: string } };
  const complete = `/.sallyport/challenges/${challenge.id}`;
  const token = authsignal.resultToken(challenge.id);
  expectStatus(complete, await post(port, user, complete, { body: JSON.stringify({ token }) }), 200);
  expectStatus("/pay", await post(port, user, "/pay", { challenge: challenge.id }), 200);
}

function post(
  port: number,
  { token }: User,
  path: string,
  { body = BODY, challenge, agent }: { body?: string; challenge?: string; agent?: Agent },
): Promise<Asked> {
  return ask(port, {
    method: "POST",
    path,
    headers: [
      bearer(token),
      ["Content-Type", "application/json"],
      ...(challenge === undefined ? [] : [["Sallyport-Challenge", challenge] as const]),
    ],
    body,
    agent: agent ?? false,
  });
}

function expectStatus(path: string, { status, body }: Asked, expected: number): void {
  if (status !== expected) {
    throw new Error(`${path} was to answer ${expected}, but answered ${status} "${body.slice(0, 200)}"`);
  }
}

function stepUpRoute(id: string, path: string, action: string, more: object): object {
  return {
    id,
    match: { methods: ["POST"], path },
    require: "step-up",
    action,
    attributes: {},
    unenrolled: "deny",
    onUnavailable: "deny",
    ...more,
  };
}
