import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { operationIn } from "./user-pool-api/dispatch.ts";

const DEFAULT_DELAY_MS = 1_000;
const MAX_DELAY_MS = 600_000;
const DEFAULT_RETRY_AFTER_SECONDS = 1;
const DEFAULT_OVERSIZED_BYTES = 8 * 1024 * 1024;
const MAX_OVERSIZED_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** What a fault can be about, each with the paths it covers; `*` is everything but the controls. */
const ENDPOINTS = {
  jwks: /\/\.well-known\/jwks\.json$/,
  discovery: /\/\.well-known\/openid-configuration$/,
  authorize: /^\/oauth2\/authorize$/,
  login: /^\/login$/,
  token: /^\/oauth2\/token$/,
  userInfo: /^\/oauth2\/userInfo$/,
  revoke: /^\/oauth2\/revoke$/,
  logout: /^\/logout$/,
  api: /^\/$/,
} as const;
export const FAULT_ENDPOINTS: readonly string[] = [...Object.keys(ENDPOINTS), "*"];

export const FAULT_KINDS = [
  "delay",
  "hang",
  "refuse",
  "reset",
  "cut",
  "status",
  "html",
  "json",
  "oversized",
  "rateLimit",
] as const;

/** A way for the stand-in to misbehave until it is told to stop, or for a number of requests. */
export const faultSchema = z.strictObject({
  /** `api:InitiateAuth` and the like are about one operation. */
  endpoint: z.union([
    z.enum(["jwks", "discovery", "authorize", "login", "token", "userInfo", "revoke", "logout", "api", "*"]),
    z.templateLiteral(["api:", z.string().regex(/^[A-Za-z]{1,64}$/)]),
  ]),
  kind: z.enum(FAULT_KINDS),
  /** For `status` (default 500), `html`, `json` and `oversized` (default 200). */
  status: z.int().min(200).max(599).optional(),
  /** For `delay`. */
  delayMs: z.int().min(0).max(MAX_DELAY_MS).optional(),
  /** For `rateLimit` at the domain's endpoints; the API has no such header. */
  retryAfterSeconds: z.int().min(0).max(3600).optional(),
  /** For `oversized`. */
  bytes: z.int().min(1).max(MAX_OVERSIZED_BYTES).optional(),
  /** How many requests meet it; all of them when absent. */
  times: z.int().min(1).optional(),
});
export type CognitoFault = z.infer<typeof faultSchema>;

/** The faults that are switched on, at most one per endpoint. */
export class Faults {
  readonly #active = new Map<string, CognitoFault>();

  set(fault: CognitoFault): void {
    this.#active.set(fault.endpoint, fault);
  }

  /** Ends the fault of one endpoint, or all of them. */
  clear(endpoint?: string): void {
    if (endpoint === undefined) {
      this.#active.clear();
    } else {
      this.#active.delete(endpoint);
    }
  }

  list(): readonly CognitoFault[] {
    return [...this.#active.values()];
  }

  /**
   * Misbehaves if a fault is about this request, and says whether the request was dealt with.
   * `/control` is always served, and so are preflights, which would otherwise use up a fault with a number.
   */
  async misbehave(incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> {
    const fault = this.#about(incoming);
    if (fault === undefined || incoming.method === "OPTIONS") {
      return false;
    }
    if (fault.times !== undefined) {
      if (fault.times > 1) {
        this.#active.set(fault.endpoint, { ...fault, times: fault.times - 1 });
      } else {
        this.#active.delete(fault.endpoint);
      }
    }
    if (fault.kind === "delay") {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, fault.delayMs ?? DEFAULT_DELAY_MS).unref();
      });
      return outgoing.destroyed;
    }
    act({ ...fault, kind: fault.kind }, incoming, outgoing);
    return true;
  }

  #about(incoming: IncomingMessage): CognitoFault | undefined {
    const path = (incoming.url ?? "").split("?", 1)[0] ?? "";
    if (this.#active.size === 0 || path === "/control" || path.startsWith("/control/")) {
      return undefined;
    }
    const target = incoming.headers["x-amz-target"];
    const operation = path === "/" && typeof target === "string" ? operationIn(target) : undefined;
    const byOperation = operation === undefined ? undefined : this.#active.get(`api:${operation}`);
    const byPath = Object.entries(ENDPOINTS).find(([, pattern]) => pattern.test(path))?.[0];
    return (
      byOperation ?? (byPath === undefined ? undefined : this.#active.get(byPath)) ?? this.#active.get("*")
    );
  }
}

function act(
  fault: CognitoFault & { readonly kind: Exclude<CognitoFault["kind"], "delay"> },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const isApi = (incoming.url ?? "").split("?", 1)[0] === "/";
  const json = isApi ? "application/x-amz-json-1.1" : "application/json";
  // Browser apps may read these answers where they may read the real ones.
  outgoing.setHeader("Access-Control-Allow-Origin", "*");
  switch (fault.kind) {
    case "hang":
      return;
    case "refuse":
      incoming.socket.destroy();
      return;
    case "reset":
      incoming.socket.resetAndDestroy();
      return;
    case "cut":
      outgoing.writeHead(fault.status ?? 200, { "Content-Type": json, "Content-Length": 4096 });
      outgoing.write('{"keys":[{"kid":"', () => incoming.socket.resetAndDestroy());
      return;
    case "status":
      outgoing.writeHead(fault.status ?? 500, { "Content-Type": json });
      outgoing.end(
        JSON.stringify({
          ...(isApi ? { __type: "InternalErrorException" } : {}),
          message: "Internal server error",
        }),
      );
      return;
    case "html":
      outgoing.writeHead(fault.status ?? 200, { "Content-Type": "text/html; charset=utf-8" });
      outgoing.end("<!doctype html><title>Please wait</title><p>This is not the answer you wanted.</p>");
      return;
    case "json":
      outgoing.writeHead(fault.status ?? 200, { "Content-Type": json });
      outgoing.end('{"keys":[{"kid":"cut off');
      return;
    case "oversized":
      outgoing.writeHead(fault.status ?? 200, { "Content-Type": json });
      outgoing.write('{"padding":"');
      pour(outgoing, fault.bytes ?? DEFAULT_OVERSIZED_BYTES);
      return;
    case "rateLimit":
      rateLimit(fault, isApi, outgoing);
      return;
    default:
      fault.kind satisfies never;
  }
}

/** The API throttles with a 400; the domain with a 429. */
function rateLimit(fault: CognitoFault, isApi: boolean, outgoing: ServerResponse): void {
  if (isApi) {
    outgoing.writeHead(400, {
      "Content-Type": "application/x-amz-json-1.1",
      "x-amzn-ErrorType": "TooManyRequestsException",
      "x-amzn-ErrorMessage": "Rate exceeded",
    });
    outgoing.end(JSON.stringify({ __type: "TooManyRequestsException", message: "Rate exceeded" }));
    return;
  }
  outgoing.writeHead(429, {
    "Content-Type": "application/json",
    "Retry-After": fault.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS,
  });
  outgoing.end(JSON.stringify({ error: "too_many_requests" }));
}

/** Writes as fast as the reader reads; a well-formed body in the end. */
function pour(outgoing: ServerResponse, bytes: number): void {
  let left = bytes;
  const chunk = Buffer.alloc(CHUNK_BYTES, "a");
  const writeOn = (): void => {
    while (left > 0 && !outgoing.destroyed) {
      const piece = chunk.subarray(0, Math.min(left, CHUNK_BYTES));
      left -= piece.length;
      if (!outgoing.write(piece)) {
        outgoing.once("drain", writeOn);
        return;
      }
    }
    outgoing.end('"}');
  };
  writeOn();
}
