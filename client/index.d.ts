import { type StepUp, type StepUpOptions } from "./api.js";
export { StepUpError, type Challenge, type OpenChallenge, type StepUp, type StepUpErrorCode, type StepUpOptions, } from "./api.js";
/**
 * Wraps `fetch` for a page of an app behind the gateway: a request that needs a step-up has its challenge completed by
 * the person, and is then sent once more, with the same bytes.
 *
 * Only answers of the gateway's own origin are looked at: nobody else can have a window opened or a token sent.
 */
export declare function stepUp(options?: StepUpOptions): StepUp;
