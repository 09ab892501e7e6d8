import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import type { AddressInfo } from "node:net";
import { Authsignal } from "@authsignal/node";
import type { AuthsignalStandIn } from "../../../workers/local/authsignal/start.ts";
import type { TriggerOptions } from "../../../workers/local/cognito/triggers/targets.ts";

/** As much of an event as these read. */
interface Event {
  readonly triggerSource: string;
  readonly request: {
    readonly userAttributes?: Readonly<Record<string, string>>;
    readonly session?: readonly { readonly challengeName: string; readonly challengeResult: boolean }[];
    readonly challengeAnswer?: string;
  };
}

/**
 * Triggers as one would write them at first, with everything that this room's own triggers exist to avoid: answers
 * not bound to a sign-in, ALLOW taken for whoever gets it, results of passwords not looked at, no end of rounds, the
 * state ignored, a new action with every call, no deadline.
 */
export async function startNaive(
  authsignal: AuthsignalStandIn,
  apiSecretKey: string,
): Promise<{ readonly url: string; readonly triggers: TriggerOptions; close(): Promise<void> }> {
  const sdk = new Authsignal({ apiSecretKey, apiUrl: `${authsignal.url}/v1`, retries: 0 });

  const respond = async ({ triggerSource, request }: Event): Promise<object> => {
    const userId = request.userAttributes?.["sub"] ?? "";
    const session = request.session ?? [];
    switch (triggerSource) {
      case "DefineAuthChallenge_Authentication": {
        const last = session.at(-1);
        if (last?.challengeName === "SRP_A") {
          return { challengeName: "PASSWORD_VERIFIER", issueTokens: false, failAuthentication: false };
        }
        const done = last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult;
        return done
          ? { issueTokens: true, failAuthentication: false }
          : { challengeName: "CUSTOM_CHALLENGE", issueTokens: false, failAuthentication: false };
      }
      case "CreateAuthChallenge_Authentication": {
        const { token, url, state } = await sdk.track({ userId, action: "sign-in" });
        return { publicChallengeParameters: { token, url, state }, privateChallengeParameters: {} };
      }
      default: {
        const { state } = await sdk.validateChallenge({
          token: request.challengeAnswer ?? "",
          userId,
          action: "sign-in",
        });
        return { answerCorrect: ["CHALLENGE_SUCCEEDED", "ALLOW"].includes(String(state)) };
      }
    }
  };
  const { url, close } = await serve(async (request, response) => {
    const event = (await json(request)) as Event; // the pool writes it
    response.end(JSON.stringify({ ...event, response: await respond(event) }));
  });
  return { url, triggers: triggersAt(url, (name) => name), close };
}

/**
 * A way to functions on which the first answer to each of the named functions is lost after the function gave it, as
 * when Cognito stops waiting: it then calls again.
 */
export async function startLossy(
  target: string,
  names: readonly string[],
): Promise<{ readonly url: string; lost(): number; close(): Promise<void> }> {
  const left = new Set(names);
  let lost = 0;
  const { url, close } = await serve(async (request, response) => {
    const name = /functions\/([^/]+)\//.exec(request.url ?? "")?.[1] ?? "";
    const answer = await fetch(target + (request.url ?? ""), {
      method: "POST",
      body: JSON.stringify(await json(request)),
    });
    const text = await answer.text();
    if (left.delete(name)) {
      lost += 1;
      request.socket.destroy();
      return;
    }
    const failed = answer.headers.get("X-Amz-Function-Error");
    response.writeHead(answer.status, failed === null ? {} : { "X-Amz-Function-Error": failed });
    response.end(text);
  });
  return { url, lost: () => lost, close };
}

/** The three triggers of a custom flow at an address. */
export function triggersAt(
  url: string,
  nameOf: (trigger: string) => string = (trigger) => trigger,
): TriggerOptions {
  const target = (trigger: string) => ({ url, functionName: nameOf(trigger) });
  return {
    defineAuthChallenge: target("define-auth-challenge"),
    createAuthChallenge: target("create-auth-challenge"),
    verifyAuthChallengeResponse: target("verify-auth-challenge-response"),
  };
}

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
