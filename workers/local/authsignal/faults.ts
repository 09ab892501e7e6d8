import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import * as z from "zod";
import { apiError } from "./server-api/errors.ts";

const DEFAULT_DELAY_MS = 1_000;
const DEFAULT_FAULT_STATUS = 500;
const DEFAULT_RETRY_AFTER_SECONDS = 1;
const DEFAULT_OVERSIZED_BYTES = 50_000_000;
const DEFAULT_REFUSE_MS = 5_000;
const MAX_DELAY_MS = 600_000;
const MAX_OVERSIZED_BYTES = 1_000_000_000;
const MAX_FAULTS = 50;
const CHUNK_BYTES = 64 * 1024;

/** What can be made to fail, and how its requests are told apart. The first that fits names a request. */
const ENDPOINT_PATTERNS = {
  jwks: /\/\.well-known\/(?:jwks|openid-configuration)$/,
  client: /^(?:\/v1)?\/client(?:\/|$)/,
  management: /^(?:\/v1)?\/management(?:\/|$)/,
  track: /\/users\/[^/]+\/actions\/[^/]+$/,
  actions: /\/users\/[^/]+\/actions(?:\/|$)/,
  authenticators: /\/authenticators(?:\/|$)/,
  users: /\/users(?:\/|$)/,
  validate: /^(?:\/v1)?\/validate$/,
  challenge: /^(?:\/v1)?\/challenge$/,
  verify: /^(?:\/v1)?\/verify$/,
  claim: /^(?:\/v1)?\/claim$/,
  challenges: /^(?:\/v1)?\/challenges$/,
  sessions: /^(?:\/v1)?\/sessions(?:\/|$)/,
} as const;
type Endpoint = keyof typeof ENDPOINT_PATTERNS;

/** The names that `endpoint` takes; "*" is every API and never a page. */
export const FAULT_ENDPOINTS = ["*", ...(Object.keys(ENDPOINT_PATTERNS) as Endpoint[])] as const; // its own keys
export const FAULT_KINDS = [
  "delay",
  "hang",
  "refuse",
  "reset",
  "reset-mid-body",
  "status",
  "html",
  "garbage",
  "oversized",
  "rate-limit",
] as const;

export const faultSchema = z.strictObject({
  endpoint: z.enum(FAULT_ENDPOINTS),
  kind: z.enum(FAULT_KINDS),
  /** For `status`, `html` and `garbage`. */
  status: z.int().min(200).max(599).optional(),
  /** For `delay`; for `refuse`, how long nobody listens. */
  delayMs: z.int().min(0).max(MAX_DELAY_MS).optional(),
  /** For `rate-limit`. */
  retryAfterSeconds: z.int().min(0).optional(),
  /** For `oversized`. */
  bytes: z.int().min(1).max(MAX_OVERSIZED_BYTES).optional(),
  /** So many requests are met, then the fault is over. */
  times: z.int().min(1).optional(),
});
export const faultsSchema = z.array(faultSchema).max(MAX_FAULTS);

/** A way for an API to misbehave. */
export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault["kind"];

type Handler = MiddlewareHandler<{ Bindings: HttpBindings }>;

/** The faults that are switched on. */
export class FaultSwitch {
  #faults: (Fault & { left: number })[] = [];
  constructor(faults: readonly Fault[] = []) {
    this.set(faults);
  }

  /** Called when the whole server is to refuse connections for a while; set by who listens. */
  refuseFor: (durationMs: number) => void = () => undefined;

  /** In the order in which they are tried. */
  list(): readonly Fault[] {
    return this.#faults.map(({ left: _left, ...fault }) => fault);
  }

  set(faults: readonly Fault[]): void {
    this.#faults = [];
    for (const fault of faults) {
      this.add(fault);
    }
  }

  add(fault: Fault): void {
    if (fault.kind === "refuse") {
      this.refuseFor(fault.delayMs ?? DEFAULT_REFUSE_MS);
      return;
    }
    this.#faults = [...this.#faults, { ...fault, left: fault.times ?? Number.POSITIVE_INFINITY }];
  }

  remove(index: number): void {
    this.#faults = this.#faults.toSpliced(index, 1);
  }

  /** What a request meets: every delay, and the first other fault. Counts it. */
  meet(method: string, path: string): Fault[] {
    if (this.#faults.length === 0) {
      return [];
    }
    const endpoint = endpointOf(method, path);
    const about = this.#faults.filter((fault) => fault.endpoint === "*" || fault.endpoint === endpoint);
    const hard = about.find(({ kind }) => kind !== "delay");
    const met = about.filter((fault) => fault.kind === "delay" || fault === hard);
    for (const fault of met) {
      fault.left -= 1;
    }
    this.#faults = this.#faults.filter(({ left }) => left > 0);
    return met;
  }
}

/** Lets an API misbehave, mostly before it looks at the request. */
export function withFaults(faults: FaultSwitch): Handler {
  return async function misbehave(c, next) {
    const met = faults.meet(c.req.method, c.req.path);
    for (const fault of met.filter(({ kind }) => kind === "delay")) {
      await passTime(fault.delayMs ?? DEFAULT_DELAY_MS);
    }
    const hard = met.find(({ kind }) => kind !== "delay");
    if (hard === undefined) {
      return next();
    }
    const answer = await commit(hard, c, next);
    return answer;
  };
}

async function commit(
  fault: Fault,
  c: HonoContext<{ Bindings: HttpBindings }>,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  switch (fault.kind) {
    case "hang":
    case "delay":
    case "refuse":
      return never();
    case "reset":
      c.env.incoming.socket.resetAndDestroy();
      return never();
    case "reset-mid-body":
      await next();
      await breakOff(c);
      return undefined;
    case "status":
      return apiError(fault.status ?? DEFAULT_FAULT_STATUS, "internal_server_error", "Something went wrong.");
    case "rate-limit":
      return tooManyRequests(fault.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS);
    case "html":
      return new Response("<!doctype html><title>Bad Gateway</title><h1>502 Bad Gateway</h1>", {
        status: fault.status ?? 502,
        headers: { "content-type": "text/html" },
      });
    case "garbage":
      return new Response('{"state":"ALL', {
        status: fault.status ?? 200,
        headers: { "content-type": "application/json" },
      });
    case "oversized":
      return oversized(fault.bytes ?? DEFAULT_OVERSIZED_BYTES);
    default:
      return fault.kind satisfies never;
  }
}

/** 429 as the documentation names it for codes; `Retry-After` is not documented. */
export function tooManyRequests(retryAfterSeconds: number): Response {
  const response = apiError(429, "too_many_requests", "Too many requests.");
  response.headers.set("retry-after", String(retryAfterSeconds));
  return response;
}

/** Which endpoint a request is for; track only as it is called, by POST. */
function endpointOf(method: string, path: string): string | undefined {
  const found = Object.entries(ENDPOINT_PATTERNS).find(([, pattern]) => pattern.test(path))?.[0];
  return found === "track" && method !== "POST" ? "actions" : found;
}

/** Half of the answer that was meant, then the connection breaks. What the request did is done. */
async function breakOff(c: HonoContext<{ Bindings: HttpBindings }>): Promise<void> {
  const { outgoing } = c.env;
  const { status, headers } = c.res;
  const body = Buffer.from(await c.res.arrayBuffer());
  outgoing.writeHead(status, {
    "content-type": headers.get("content-type") ?? "application/json",
    "content-length": body.length,
  });
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy());
  // Without this, the headers of the answer would be merged into the one that says there is nothing to send.
  c.res = undefined;
  c.res = RESPONSE_ALREADY_SENT;
}

/** A JSON document that is right in form and far too long. */
function oversized(bytes: number): Response {
  const chunk = new Uint8Array(CHUNK_BYTES).fill(0x20);
  let left = bytes;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left <= 0) {
        controller.enqueue(new TextEncoder().encode('{"state":"ALLOW"}'));
        controller.close();
        return;
      }
      controller.enqueue(chunk.subarray(0, Math.min(left, CHUNK_BYTES)));
      left -= CHUNK_BYTES;
    },
  });
  return new Response(stream, { headers: { "content-type": "application/json" } });
}

function never(): Promise<never> {
  return new Promise<never>(() => {});
}

function passTime(delayMs: number): Promise<void> {
  return new Promise<void>((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
}
