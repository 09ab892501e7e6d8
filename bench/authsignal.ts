import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";

/** Where the challenges of the bench's Authsignal lead; nobody goes there. */
export const CHALLENGE_HOST = "mfa.authsignal.com";
/** The action that is always challenged; every other one is allowed. */
export const CHALLENGED_ACTION = "pay";

/** The least of Authsignal's server API that a step-up needs, and a count of what it is asked. */
export interface CountingAuthsignal {
  readonly apiUrl: string;
  /** How many calls have arrived so far. */
  calls(): number;
  /** The token that completes a challenge: what Authsignal gives after it was passed. */
  resultToken(challengeId: string): string;
  stop(): Promise<void>;
}

/** Starts it on a free port. It answers `track` and `validate` (authsignal.md 2.5 and 2.6) and nothing else. */
export async function startCountingAuthsignal(): Promise<CountingAuthsignal> {
  let calls = 0;
  const server = createServer((request, response) => {
    void (async () => {
      calls += 1;
      const sent = await textOf(request);
      // The gateway's SDK sends JSON objects.
      const body = JSON.parse(sent === "" ? "{}" : sent) as Record<string, unknown>;
      const answer = request.url === "/v1/validate" ? validated(body) : tracked(request.url ?? "", body);
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/v1`,
    calls: () => calls,
    resultToken: (challengeId) => `result.${challengeId}.signature`,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function tracked(path: string, { idempotencyKey }: Record<string, unknown>): object {
  return {
    state: path.endsWith(`/actions/${CHALLENGED_ACTION}`) ? "CHALLENGE_REQUIRED" : "ALLOW",
    isEnrolled: true,
    idempotencyKey,
    url: `https://${CHALLENGE_HOST}/?token=start`,
    token: "start.token.signature",
  };
}

function validated({ token, userId, action }: Record<string, unknown>): object {
  const [, idempotencyKey] = String(token).split(".");
  return {
    isValid: true,
    state: "CHALLENGE_SUCCEEDED",
    userId,
    action,
    idempotencyKey,
    verificationMethod: "PASSKEY",
  };
}
