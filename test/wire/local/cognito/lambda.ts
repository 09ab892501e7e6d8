import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TriggerOptions } from "../../../../workers/local/cognito/triggers/targets.ts";

/** An event as the pool sends it. */
export interface TriggerEvent {
  readonly version: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly triggerSource: string;
  readonly userName: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: object;
}

/** What a function does: gives its `response`, raises, or answers something else altogether. */
export type Handler = (event: TriggerEvent) => object | undefined;

/** Raised by a handler that wants to answer in its own way. */
export class RawAnswer extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super("raw answer");
    this.status = status;
    this.body = body;
  }
}

/** A Lambda runtime with functions by their name, as an emulator on this machine serves them. */
export interface Lambda {
  readonly url: string;
  readonly events: TriggerEvent[];
  /** Functions that never answer. */
  readonly hanging: Set<string>;
  readonly functions: Map<string, Handler>;
  /** A target for a trigger. */
  target<Version extends object>(
    functionName: string,
    more?: Version,
  ): { url: string; functionName: string } & Version;
  /** The events of one source. */
  of(source: string): readonly TriggerEvent[];
  close(): Promise<void>;
}

export async function startLambda(functions: Readonly<Record<string, Handler>> = {}): Promise<Lambda> {
  const handlers = new Map(Object.entries(functions));
  const events: TriggerEvent[] = [];
  const hanging = new Set<string>();
  const invoke = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? "")?.[1] ?? "";
    // The pool writes these; the tests check their shape.
    const event = JSON.parse(Buffer.concat(chunks).toString()) as TriggerEvent;
    events.push(event);
    if (hanging.has(name)) {
      return;
    }
    const handler = handlers.get(name);
    if (request.method !== "POST" || handler === undefined) {
      response.writeHead(404).end(JSON.stringify({ Type: "User", message: `Function not found: ${name}` }));
      return;
    }
    try {
      response.end(JSON.stringify({ ...event, response: handler(event) }));
    } catch (error) {
      if (error instanceof RawAnswer) {
        response.writeHead(error.status).end(error.body);
        return;
      }
      response.writeHead(200, { "X-Amz-Function-Error": "Unhandled" });
      response.end(
        JSON.stringify({ errorType: "Error", errorMessage: error instanceof Error ? error.message : "" }),
      );
    }
  };
  const server = createServer((request, response) => {
    void invoke(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    events,
    hanging,
    functions: handlers,
    target: (functionName, more) => Object.assign({ url, functionName }, more),
    of: (source) => events.filter(({ triggerSource }) => triggerSource === source),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Step {
  readonly challengeName: string;
  readonly challengeResult: boolean;
}

/** Three functions of a custom flow whose right answer is "5", with three tries, after SRP when it began so. */
export function customAuthFunctions(): Record<string, Handler> {
  return {
    define: ({ request }) => {
      // The pool always sends the list.
      const steps = request["session"] as readonly Step[];
      const last = steps.at(-1);
      if (last?.challengeName === "SRP_A") {
        return { challengeName: "PASSWORD_VERIFIER", issueTokens: false, failAuthentication: false };
      }
      if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) {
        return { issueTokens: request["userNotFound"] !== true, failAuthentication: false };
      }
      const failures = steps.filter((step) => step.challengeName === "CUSTOM_CHALLENGE").length;
      return failures >= 3
        ? { issueTokens: false, failAuthentication: true }
        : { challengeName: "CUSTOM_CHALLENGE", issueTokens: false, failAuthentication: false };
    },
    create: () => ({
      publicChallengeParameters: { question: "2 + 3" },
      privateChallengeParameters: { answer: "5" },
      challengeMetadata: "SUM",
    }),
    verify: ({ request }) => ({
      answerCorrect: request["challengeAnswer"] === Object(request["privateChallengeParameters"])["answer"],
    }),
  };
}

/** The triggers of a custom flow at this runtime. */
export function customAuthTriggers(lambda: Lambda): TriggerOptions {
  return {
    defineAuthChallenge: lambda.target("define"),
    createAuthChallenge: lambda.target("create"),
    verifyAuthChallengeResponse: lambda.target("verify"),
  };
}
