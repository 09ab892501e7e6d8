import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";

/** A way for the stand-in to misbehave until it is told to stop. */
export const faultSchema = z.strictObject({
  endpoint: z.enum(["jwks", "token", "*"]),
  kind: z.enum(["hang", "status", "html", "reset"]),
  /** For `status` (default 500) and `html` (default 200). */
  status: z.int().min(200).max(599).optional(),
});
export type CognitoFault = z.infer<typeof faultSchema>;

/** Misbehaves if the fault is about this request, and says whether it did. `/control/` is always served. */
export function misbehave(
  fault: CognitoFault | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  if (fault === undefined || !concerns(fault, incoming.url ?? "")) {
    return false;
  }
  switch (fault.kind) {
    case "hang":
      break;
    case "reset":
      incoming.socket.resetAndDestroy();
      break;
    case "status":
      outgoing.writeHead(fault.status ?? 500, { "Content-Type": "application/json" });
      outgoing.end(JSON.stringify({ message: "Internal server error" }));
      break;
    case "html":
      outgoing.writeHead(fault.status ?? 200, { "Content-Type": "text/html; charset=utf-8" });
      outgoing.end("<!doctype html><title>Please wait</title><p>This is not the answer you wanted.</p>");
      break;
  }
  return true;
}

function concerns(fault: CognitoFault, target: string): boolean {
  const path = target.split("?", 1)[0] ?? "";
  switch (fault.endpoint) {
    case "jwks":
      return path.endsWith("/.well-known/jwks.json");
    case "token":
      return path === "/oauth2/token";
    case "*":
      return !path.startsWith("/control/");
  }
}
