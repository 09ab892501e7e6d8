import { pathToFileURL } from "node:url";
import type { FromChild, ToChild } from "./messages.ts";

/**
 * One execution environment: loads a bundle as Lambda's Node runtime does and answers invocations over the channel
 * to its parent. The environment variables are the function's own.
 */
const send = (message: FromChild): void => {
  process.send?.(message);
};

function failure(error: unknown): { readonly errorType: string; readonly errorMessage: string } {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: "Error", errorMessage: String(error) };
}

try {
  const loaded: { handler: (event: unknown) => Promise<unknown> } = await import(
    pathToFileURL(process.argv[2] ?? "").href
  );
  process.on("message", (message) => {
    const { id, event } = message as ToChild; // only the parent writes here
    loaded.handler(event).then(
      (answer) => send({ id, payload: JSON.stringify(answer ?? null) }),
      (error: unknown) => send({ id, failure: failure(error) }),
    );
  });
  send({ ready: true });
} catch (error) {
  send({ ready: false, failure: failure(error) });
}
process.on("disconnect", () => process.exit(0));
