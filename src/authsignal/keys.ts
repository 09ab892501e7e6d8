import type { UserActionState } from "@authsignal/node";
import type { Result } from "../http/result.ts";
import { askTwice } from "./asking.ts";
import type { ActionKey, AuthsignalProblem } from "./port.ts";

export interface SdkOptions {
  readonly apiUrl: string;
  /** The server API key, and during a rotation the other one that may be in force. */
  readonly secrets: readonly [string, string?];
  /** The whole time one question may take, the retry included. */
  readonly deadlineMs: number;
}

/** What the SDK's `track` takes. */
export interface WireTrack {
  readonly userId: string;
  readonly action: string;
  readonly attributes: Readonly<{
    idempotencyKey: string;
    custom: Record<string, string | number | boolean>;
  }>;
}

/** One question to Authsignal, by its SDK. */
export type Question = (sdk: Sdk) => Promise<unknown>;

/**
 * Asks with the key that was accepted last; one that is refused (401) is tried with the other, which is remembered
 * when it is accepted. So both orders of a rotation work, and neither costs a question each time.
 */
export function sdkWithKeys(options: SdkOptions) {
  const { secrets } = options;
  // The loaded SDKs are kept, not promises of them: one request must not wait on another's (workers.md 1.3).
  const loaded = new Map<string, Sdk>();
  let [inUse] = secrets;

  async function sdkOf(secret: string): Promise<Sdk> {
    const sdk = loaded.get(secret) ?? (await loadSdk(options, secret));
    loaded.set(secret, sdk);
    return sdk;
  }
  const isRefused = (answer: Result<unknown, AuthsignalProblem>) =>
    !answer.ok && answer.error.reason === "refused" && answer.error.status === 401;

  return {
    async ask(question: Question, isOver: () => boolean): Promise<Result<unknown, AuthsignalProblem>> {
      const first = inUse;
      const answer = await askTwice(async () => question(await sdkOf(first)), isOver);
      const second = first === secrets[0] ? secrets[1] : secrets[0];
      if (!isRefused(answer) || second === undefined || isOver()) {
        return answer;
      }
      const again = await askTwice(async () => question(await sdkOf(second)), isOver);
      if (again.ok || (again.error.reason === "refused" && !isRefused(again))) {
        inUse = second;
      }
      return again;
    },
  };
}

/** The part of the SDK that is used. */
export interface Sdk {
  track(request: WireTrack): Promise<unknown>;
  validateChallenge(request: { token: string; userId: string; action: string }): Promise<unknown>;
  updateAction(request: ActionKey & { attributes: { state: UserActionState } }): Promise<unknown>;
  getAction(request: ActionKey): Promise<unknown>;
  getUser(request: { userId: string }): Promise<unknown>;
  getAuthenticators(request: { userId: string }): Promise<unknown>;
  enrollVerifiedAuthenticator(request: {
    userId: string;
    attributes: { verificationMethod: string; email?: string; phoneNumber?: string };
  }): Promise<unknown>;
  queryUserActions(request: { userId: string; actionCodes?: string[]; fromDate?: string }): Promise<unknown>;
  revokeUserSessions(request: { userId: string }): Promise<unknown>;
}

/** Far more than an answer has. Lists are not paged (authsignal.md 2.7), and whoever starts challenges makes one longer. */
const MAX_ANSWER_BYTES = 4_000_000;

async function loadSdk(options: SdkOptions, secret: string): Promise<Sdk> {
  const [{ Authsignal }, { default: axios }] = await Promise.all([
    import("@authsignal/node"),
    import("axios"),
  ]);
  // The SDK uses axios's shared defaults: this is the only place where its requests can be bounded.
  axios.defaults.timeout = options.deadlineMs;
  axios.defaults.maxRedirects = 0;
  axios.defaults.maxContentLength = MAX_ANSWER_BYTES;
  // workerd has no fetch with redirect "error" (security.md 0.9); "manual" makes a 3xx an error answer instead.
  Object.assign(axios.defaults, { adapter: "fetch", fetchOptions: { redirect: "manual" } });
  return new Authsignal({ apiSecretKey: secret, apiUrl: options.apiUrl, retries: 0 });
}
