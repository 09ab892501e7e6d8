/** What the gateway asks for before it lets a request through: the member `challenge` of its problem document. */
export interface Challenge {
    readonly id: string;
    /** `enrolment`: the user has no authenticator yet, sets one up, and is asked after that. */
    readonly kind: "step-up" | "enrolment";
    /** The Authsignal action code. */
    readonly action: string;
    /** Authsignal's own page for it. */
    readonly url: string;
    /** For Authsignal's client SDK, if the app shows its own pages. It does not complete the challenge. */
    readonly token: string;
    /** ISO 8601. */
    readonly expiresAt: string;
    /** Seconds from the answer on: this device's clock may be wrong. */
    readonly expiresIn: number;
    /** The verification methods that count, where that is known. */
    readonly methods?: readonly string[];
    /** What is approved, line by line, as a person should see it. */
    readonly summary: readonly {
        readonly label: string;
        readonly value: string;
    }[];
}
/**
 * Shows a challenge in the app's own way.
 *
 * @param signal is aborted when the request is given up, or the challenge has expired.
 * @returns the token that Authsignal gives after the challenge, or nothing when the person gave up.
 */
export type OpenChallenge = (challenge: Challenge, signal: AbortSignal) => Promise<string | undefined>;
export interface StepUpOptions {
    /** How a challenge is shown: in a window of its own (the default), in place of the page, or by the app. */
    readonly open?: "popup" | "redirect" | OpenChallenge;
    /**
     * Called when the browser has blocked the window: show a button, and call `open` when it is clicked. Without it the
     * request fails with `popup_blocked`.
     */
    readonly onBlocked?: (open: () => void, challenge: Challenge) => void;
    /** The origin that the gateway serves, if the page comes from another. */
    readonly gateway?: string;
    /** What sends requests; the browser's `fetch` unless said otherwise. */
    readonly fetch?: typeof fetch;
}
export interface StepUp {
    /** `fetch`, which has challenges completed and then sends the request once more. */
    readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;
    /**
     * With `open: "redirect"`, to be called when the page loads: sends the request for whose challenge the page was
     * left. Nothing, when there is none.
     */
    readonly resume: () => Promise<Response | undefined>;
}
/** Why a challenge was not completed. The request has not reached the app. */
export type StepUpErrorCode = "popup_blocked" | "cancelled" | "expired"
/** Not passed, or passed in a way that does not count here. */
 | "refused"
/** The body is a stream, which is gone; or the request cannot be kept while the page is away. */
 | "not_repeatable";
export declare class StepUpError extends Error {
    readonly name = "StepUpError";
    readonly code: StepUpErrorCode;
    readonly challenge: Challenge | undefined;
    constructor(code: StepUpErrorCode, challenge?: Challenge);
}
