import type { ErrorHandler } from "hono";

/**
 * The last resort of a local server: a request whose sender left while it was read ends quietly,
 * anything else is a bug and is shown on stderr with a 500.
 */
export const onError: ErrorHandler = (error, c) => {
  if ("code" in error && error.code === "ECONNRESET") {
    return c.text("The request was not complete.", 400);
  }
  console.error(error);
  return c.text("Internal server error", 500);
};
