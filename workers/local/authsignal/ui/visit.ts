import type { Context } from "../context.ts";
import type { Authenticator, TrackedAction, User } from "../model.ts";

/** A person who came with a token that holds. */
export interface Visit {
  readonly token: string;
  readonly action: TrackedAction;
  readonly user: User;
  /** The authenticators that count for this action. */
  readonly usable: readonly Authenticator[];
  readonly isEnrolled: boolean;
  readonly mayEnrol: boolean;
}

export type Arrival =
  | { readonly kind: "visit"; readonly visit: Visit }
  | { readonly kind: "expired"; readonly token: string; readonly action: TrackedAction }
  | { readonly kind: "unknown" };

/** Tells who comes, and for what, from the token alone. */
export async function arrive({ store, tokens }: Context, token: string): Promise<Arrival> {
  const reading = await tokens.read(token);
  if (reading.kind === "unknown") {
    return reading;
  }
  const action = store.action(reading.action);
  if (action === undefined) {
    return { kind: "unknown" };
  }
  if (reading.kind === "expired") {
    return { kind: "expired", token, action };
  }
  const authenticators = store.authenticatorsOf(action.userId);
  const usable = authenticators
    .filter((one) => action.allowedVerificationMethods.includes(one.verificationMethod))
    .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault));
  const isEnrolled = authenticators.length > 0;
  const mayEnrol =
    action.state === "ALLOW" && (!isEnrolled || reading.scope.split(" ").includes("add:authenticators"));
  return {
    kind: "visit",
    visit: { token, action, user: store.ensureUser(action.userId), usable, isEnrolled, mayEnrol },
  };
}

/** Where the person goes from here: the app's `redirectUrl` with the token appended, or nowhere. */
export function wayBack({ redirectUrl }: TrackedAction, token: string): string | undefined {
  if (redirectUrl === undefined) {
    return undefined;
  }
  const url = new URL(redirectUrl);
  url.searchParams.set("token", token);
  return url.href;
}
