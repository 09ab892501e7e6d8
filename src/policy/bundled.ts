import type { PolicyDocument } from "./schema.ts";

/** A policy that comes with the code. */
export interface BundledPolicy {
  readonly text: string;
  /** The same with its defaults, where it was checked before it was bundled; else it must be checked yet. */
  readonly checked: PolicyDocument | undefined;
}

/**
 * The policy of `policy.json`, and what `scripts/check-policy.ts` made of it: a cold start need not check it again. That
 * counts only where it was made of the very same document, so that no change goes unchecked, however it was bundled.
 */
export function bundledPolicy(
  policy: unknown,
  checked: { readonly written: unknown; readonly document: unknown },
): BundledPolicy {
  const text = JSON.stringify(policy);
  const isOfThis = JSON.stringify(checked.written) === text;
  // The script writes what `checkPolicy` gave for it.
  return { text, checked: isOfThis ? (checked.document as PolicyDocument) : undefined };
}
