import type { Authsignal } from "@authsignal/node";
import * as z from "zod/mini";
import { fail, ok, type Result } from "../http/result.ts";
import { isLocalHost } from "../http/settings.ts";
import type { AuthsignalProblem, ChallengeApi, TrackRequest, Tracked, Validated } from "./port.ts";

export interface AuthsignalOptions {
  readonly apiUrl: string;
  readonly secret: string;
  /** The whole time one question may take, the retry included. */
  readonly deadlineMs: number;
  /** Hosts (with port) that a challenge URL may have. */
  readonly challengeHosts: readonly string[];
}

const STATES = ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"] as const;

const trackedSchema = z.object({
  state: z.string(),
  isEnrolled: z.boolean(),
  url: z.string(),
  token: z.string().check(z.minLength(1)),
  idempotencyKey: z.string(),
  ruleIds: z.optional(z.array(z.string())),
});

const validatedSchema = z.object({
  isValid: z.boolean(),
  state: z.optional(z.string()),
  userId: z.optional(z.string()),
  action: z.optional(z.string()),
  idempotencyKey: z.optional(z.string()),
  verificationMethod: z.optional(z.string()),
});

/**
 * Authsignal through its own SDK, wrapped once (design decision 12). The SDK has no deadline, retries POSTs behind the
 * caller's back, returns HTML as success, and puts the secret in its errors (authsignal.md 0 and 3); here:
 * one deadline over everything, one retry of our own with the same idempotency key when the connection failed,
 * answers validated, errors reduced to a tag. Ids come in as branded types, whose patterns leave nothing to encode.
 *
 * The SDK is loaded when it is first needed: most requests never are sensitive.
 */
export function authsignalClient(options: AuthsignalOptions): ChallengeApi {
  // The loaded SDK is kept, not the promise of it: one request must not wait on another's (workers.md 1.3).
  let loaded: Sdk | undefined;
  const sdk = async (): Promise<Sdk> => (loaded ??= await loadSdk(options));

  return {
    async track(request) {
      const answer = await ask(options.deadlineMs, async () => (await sdk()).track(toWire(request)));
      return answer.ok ? readTracked(answer.value, request, options.challengeHosts) : answer;
    },
    async validate(token, userId, action) {
      const answer = await ask(options.deadlineMs, async () =>
        (await sdk()).validateChallenge({ token, userId, action }),
      );
      return answer.ok ? readValidated(answer.value) : answer;
    },
  };
}

interface Sdk {
  track(request: ReturnType<typeof toWire>): Promise<unknown>;
  validateChallenge(request: { token: string; userId: string; action: string }): Promise<unknown>;
}

/** Loads the SDK with everything bounded that its calls go through. */
export async function loadSdk(
  options: Pick<AuthsignalOptions, "apiUrl" | "secret" | "deadlineMs">,
): Promise<Authsignal> {
  const [{ Authsignal: Sdk }, { default: axios }] = await Promise.all([
    import("@authsignal/node"),
    import("axios"),
  ]);
  // The SDK uses axios's shared defaults: this is the only place where its requests can be bounded.
  axios.defaults.timeout = options.deadlineMs;
  axios.defaults.maxRedirects = 0;
  // workerd has no fetch with redirect "error" (security.md 0.9); "manual" makes a 3xx an error answer instead.
  Object.assign(axios.defaults, { adapter: "fetch", fetchOptions: { redirect: "manual" } });
  return new Sdk({ apiSecretKey: options.secret, apiUrl: options.apiUrl, retries: 0 });
}

function toWire(request: TrackRequest) {
  const { userId, action, idempotencyKey, redirectUrl, ipAddress, userAgent, deviceId, custom } = request;
  return {
    userId,
    action,
    attributes: {
      idempotencyKey,
      ...(redirectUrl === undefined ? {} : { redirectUrl }),
      custom: { ...custom },
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(deviceId === undefined ? {} : { deviceId }),
    },
  };
}

/** Asks once, and once more if the connection failed, all within the deadline. */
export async function ask(
  deadlineMs: number,
  question: () => Promise<unknown>,
): Promise<Result<unknown, AuthsignalProblem>> {
  const deadline = Promise.withResolvers<Result<never, AuthsignalProblem>>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    deadline.resolve(fail({ reason: "timeout" }));
  }, deadlineMs);
  try {
    return await Promise.race([askTwice(question, () => isOver), deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A question that was answered for by the deadline is not asked again: nobody waits, and Authsignal is in trouble. */
async function askTwice(
  question: () => Promise<unknown>,
  isOver: () => boolean,
): Promise<Result<unknown, AuthsignalProblem>> {
  const first = await attempt(question);
  const again = !first.ok && first.error.reason === "unreachable" && !isOver();
  return again ? attempt(question) : first;
}

async function attempt(question: () => Promise<unknown>): Promise<Result<unknown, AuthsignalProblem>> {
  try {
    return ok(await question());
  } catch (error) {
    // Nothing of the error but its status is read: it carries the request, and with it the secret.
    const { statusCode, errorCode } = error as { statusCode?: unknown; errorCode?: unknown };
    const answered = typeof statusCode === "number" && errorCode !== "unexpected_error";
    return fail(answered ? { reason: "refused", status: statusCode } : { reason: "unreachable" });
  }
}

function readTracked(
  answer: unknown,
  request: TrackRequest,
  challengeHosts: readonly string[],
): Result<Tracked, AuthsignalProblem> {
  const parsed = trackedSchema.safeParse(answer);
  if (!parsed.success || parsed.data.idempotencyKey !== request.idempotencyKey) {
    return fail({ reason: "bad_answer" });
  }
  const { isEnrolled, url, token, ruleIds } = parsed.data;
  const state = STATES.find((known) => known === parsed.data.state) ?? "unknown";
  const leadsOut = state === "CHALLENGE_REQUIRED" || (state === "ALLOW" && !isEnrolled);
  if (leadsOut && !isChallengeUrl(url, challengeHosts)) {
    return fail({ reason: "bad_answer" });
  }
  return ok({ state, isEnrolled, url, token, ruleIds: ruleIds ?? [] });
}

/** A challenge URL leaves for a configured host only: an answer that was tampered with must not become a redirect. */
function isChallengeUrl(text: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const url = new URL(text);
  const secure = url.protocol === "https:" || (url.protocol === "http:" && isLocalHost(url.hostname));
  return secure && url.username === "" && url.password === "" && hosts.includes(url.host);
}

function readValidated(answer: unknown): Result<Validated, AuthsignalProblem> {
  const parsed = validatedSchema.safeParse(answer);
  if (!parsed.success) {
    return fail({ reason: "bad_answer" });
  }
  const { state, userId, action, idempotencyKey, verificationMethod } = parsed.data;
  return ok({ state, userId, action, idempotencyKey, verificationMethod });
}
