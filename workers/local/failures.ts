/** A mistake of the person who started the world: its message is one sentence that says what to do. */
export class StartProblem extends Error {
  override name = "StartProblem";
}

/** One sentence about why the world did not start, with what to do about it. */
export function explainFailure(error: unknown): string {
  if (error instanceof StartProblem) {
    return error.message;
  }
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (code === "EADDRINUSE" || /address already in use/i.test(message)) {
    const port = /:(\d+)/.exec(message)?.[1];
    return `Port ${port ?? "wanted"} is taken (seven in a row are needed). End what uses it, or start elsewhere: npm start -- --port 9000`;
  }
  return `The local world could not start: ${message}`;
}
