import { StepUpError, type Challenge, type StepUp, type StepUpOptions } from "./api.ts";
import { offerOf, type Offer } from "./offer.ts";
import { park, unpark } from "./parked.ts";
import { openInPopup } from "./popup.ts";

export {
  StepUpError,
  type Challenge,
  type OpenChallenge,
  type StepUp,
  type StepUpErrorCode,
  type StepUpOptions,
} from "./api.ts";

/**
 * Wraps `fetch` for a page of an app behind the gateway: a request that needs a step-up has its challenge completed by
 * the person, and is then sent once more, with the same bytes.
 *
 * Only answers of the gateway's own origin are looked at: nobody else can have a window opened or a token sent.
 */
export function stepUp(options: StepUpOptions = {}): StepUp {
  const { open = "popup", gateway = location.origin } = options;
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  /** One challenge is shown at a time. */
  let shown: Promise<unknown> = Promise.resolve();
  /** The challenges, by action, that let more than one request through. */
  const shared = new Map<string, Promise<unknown>>();

  async function fetchOrAsk(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== gateway) {
      return send(request);
    }
    const spare = init?.body instanceof ReadableStream ? undefined : request.clone();
    const answer = await send(request);
    const offer = await offerOf(answer, gateway);
    if (offer === undefined) {
      return answer;
    }
    if (spare === undefined) {
      giveUp(offer.challenge, request);
      throw new StepUpError("not_repeatable", offer.challenge);
    }
    return pass(offer, spare);
  }

  async function pass(offer: Offer, request: Request): Promise<Response> {
    const { challenge, isShared } = offer;
    const { action } = challenge;
    const other = isShared ? shared.get(action) : undefined;
    if (other !== undefined) {
      giveUp(challenge, request);
      await abortable(other, request.signal).catch((error: unknown) => {
        if (error instanceof StepUpError || request.signal.aborted) {
          throw error;
        }
        // Whoever had the challenge shown gave up for reasons of its own: this request asks again.
      });
      return fetchOrAsk(request);
    }
    const completed = shown.then(() => complete(offer, request));
    shown = completed.catch(() => undefined);
    if (isShared) {
      shared.set(action, completed);
      const forget = () => shared.delete(action);
      void completed.then(forget, forget);
    }
    await abortable(completed, request.signal);
    return repeat(challenge, request);
  }

  /** An enrolment approves nothing: the request is put again, and asked about. */
  async function repeat({ id, kind }: Challenge, request: Request): Promise<Response> {
    if (kind === "enrolment") {
      return fetchOrAsk(request);
    }
    const headers = new Headers(request.headers);
    headers.set("Sallyport-Challenge", id);
    return send(new Request(request, { headers }));
  }

  /** Has the person complete a challenge, and brings the gateway the token of it. */
  async function complete({ challenge, expiry }: Offer, request: Request): Promise<void> {
    const signal = AbortSignal.any([request.signal, expiry]);
    try {
      const token = await abortable(show(challenge, request, signal), signal);
      await bring(token, challenge, request);
    } catch (error) {
      giveUp(challenge, request);
      throw expiry.aborted && !request.signal.aborted ? new StepUpError("expired", challenge) : error;
    }
  }

  async function show(challenge: Challenge, request: Request, signal: AbortSignal) {
    signal.throwIfAborted();
    if (open === "popup") {
      return openInPopup(challenge, signal, options.onBlocked);
    }
    return open === "redirect" ? leave(challenge, request) : open(challenge, signal);
  }

  async function bring(token: string | undefined, challenge: Challenge, request: Request): Promise<void> {
    if (token === undefined) {
      throw new StepUpError("cancelled", challenge);
    }
    const answer = await tell("POST", challenge, request, JSON.stringify({ token }));
    // Either shape is documented; what is neither completes nothing.
    const { state, code } = (await answer.json()) as { state?: string; code?: string };
    settle(state ?? code, challenge);
  }

  /** Leaves the page. It comes back and `resume` goes on, or it is shown again as it was. */
  async function leave(challenge: Challenge, request: Request): Promise<never> {
    if (gateway !== location.origin || request.headers.has("authorization")) {
      throw new StepUpError("not_repeatable", challenge); // the way back is the gateway's own, by its cookie
    }
    try {
      await park(request.clone(), challenge);
    } catch {
      throw new StepUpError("not_repeatable", challenge);
    }
    return new Promise((_, reject) => {
      addEventListener("pageshow", ({ persisted }) => {
        if (persisted) {
          reject(new StepUpError("cancelled", challenge));
        }
      });
      location.assign(challenge.url);
    });
  }

  async function resume(): Promise<Response | undefined> {
    const parked = unpark();
    if (parked === undefined) {
      return undefined;
    }
    const { challenge, request } = parked;
    const answer = await tell("GET", challenge, request);
    const { state, code } = (await answer.json()) as { state?: string; code?: string }; // as in `bring`
    try {
      settle(state ?? code, challenge);
    } catch (error) {
      giveUp(challenge, request);
      throw error;
    }
    return repeat(challenge, request);
  }

  function giveUp(challenge: Challenge, request: Request): void {
    tell("DELETE", challenge, request).catch(() => undefined); // it expires by itself
  }

  /** Talks to the gateway about a challenge, as whoever sent the request. */
  function tell(method: string, { id }: Challenge, request: Request, body?: string): Promise<Response> {
    const authorization = request.headers.get("authorization");
    return send(`${gateway}/.sallyport/challenges/${id}`, {
      method,
      credentials: request.credentials,
      keepalive: method === "DELETE",
      headers: {
        Accept: "application/json",
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
    });
  }

  return { fetch: fetchOrAsk, resume };
}

/** What a challenge's state, or the code of a refusal, means for the request. */
function settle(standing: string | undefined, challenge: Challenge): void {
  switch (standing) {
    case "succeeded":
      return;
    case "pending":
    case "cancelled":
    case "challenge_pending":
      throw new StepUpError("cancelled", challenge);
    case "expired":
    case "superseded":
    case "challenge_ended":
    case "challenge_not_found":
      throw new StepUpError("expired", challenge);
    default:
      throw new StepUpError("refused", challenge);
  }
}

/** Waits for something, or until a signal is aborted. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject);
  });
}
