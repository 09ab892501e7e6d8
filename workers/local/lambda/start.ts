import { json } from "node:stream/consumers";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "../bank/listen.ts";
import { startEnvironment, type Environment } from "./environment.ts";

/** How long a function may take: what `deploy/template.yaml` sets, and all that Cognito waits. */
const TIMEOUT_MS = 5_000;

/** A Lambda runtime on this machine. */
export interface LambdaStandIn {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves bundles in Lambda's invocation format (`POST /2015-03-31/functions/NAME/invocations`), each in a process of
 * its own that sees the function's environment variables and nothing else.
 *
 * @throws Node's `EADDRINUSE` when the port is taken.
 */
export async function startLambda(options: {
  /** 0 takes any free port. */
  readonly port: number;
  readonly functions: Readonly<
    Record<string, { readonly bundle: string; readonly env: Readonly<Record<string, string>> }>
  >;
  readonly onLog?: ((line: string) => void) | undefined;
  /** How long one call may take. */
  readonly timeoutMs?: number;
}): Promise<LambdaStandIn> {
  const { onLog = () => undefined, timeoutMs = TIMEOUT_MS } = options;
  const environments = new Map<string, Environment>(
    Object.entries(options.functions).map(([name, { bundle, env }]) => [
      name,
      startEnvironment({ bundle, env, timeoutMs, onLog }),
    ]),
  );
  const { port, close } = await listen(options.port, (incoming, outgoing) => {
    void answer(incoming, outgoing, environments);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await Promise.all([close(), ...[...environments.values()].map((one) => one.close())]);
    },
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  environments: ReadonlyMap<string, Environment>,
): Promise<void> {
  const [, name = ""] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(incoming.url ?? "") ?? [];
  const environment = environments.get(decodeURIComponent(name));
  if (incoming.method !== "POST" || environment === undefined) {
    outgoing.writeHead(404, { "Content-Type": "application/json" });
    outgoing.end(JSON.stringify({ Type: "User", Message: `Function not found: ${name}` }));
    return;
  }
  let event: unknown;
  try {
    event = await json(incoming);
  } catch {
    outgoing.writeHead(400, { "Content-Type": "application/json" });
    outgoing.end(JSON.stringify({ Type: "User", Message: "Could not parse request body into json." }));
    return;
  }
  const outcome = await environment.invoke(event);
  const headers = { "Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST" };
  if ("failure" in outcome) {
    outgoing.writeHead(200, { ...headers, "X-Amz-Function-Error": "Unhandled" });
    outgoing.end(JSON.stringify({ ...outcome.failure, trace: [] }));
    return;
  }
  outgoing.writeHead(200, headers).end(outcome.payload);
}
