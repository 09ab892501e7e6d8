/** What a function raised, in the members that Lambda's error payload has. */
export interface Failure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** One invocation. */
export interface ToChild {
  readonly id: number;
  readonly event: unknown;
}

/** Whether the bundle could be loaded, or the end of an invocation. */
export type FromChild =
  | { readonly ready: true }
  | { readonly ready: false; readonly failure: Failure }
  | { readonly id: number; readonly payload: string }
  | { readonly id: number; readonly failure: Failure };
