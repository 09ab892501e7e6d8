/**
 * Stands in the bundles for the `crypto` that the Authsignal SDK imports for its own webhook check alone: Sallyport checks
 * webhooks itself (src/events/signature.ts), and the runtime's `node:crypto` would be loaded at every cold start.
 */
export function createHmac(): never {
  throw new Error("webhooks are verified by src/events/signature.ts, not by the SDK");
}
