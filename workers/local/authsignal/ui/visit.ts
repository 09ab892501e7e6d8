import type { Context } from "../context.ts";
import type { Authenticator, Method, TrackedAction, User } from "../model.ts";
import { mayAdd, mayRead, mayRemove } from "../permissions.ts";

/** `&mode=popup` is what the browser SDK appends for an iframe or a window of its own; else undefined. */
export type Popup =
  | {
      /** Who may frame it and hear from it; undefined: any. */ readonly origins:
        | readonly string[]
        | undefined;
    }
  | undefined;

/** A person who came with a token that holds. */
export interface Visit {
  readonly token: string;
  readonly popup: Popup;
  readonly action: TrackedAction;
  readonly user: User;
  readonly authenticators: readonly Authenticator[];
  /** The authenticators that count for this action, the first to offer first. */
  readonly usable: readonly Authenticator[];
  readonly mayAdd: boolean;
  readonly mayRemove: boolean;
  readonly mayRead: boolean;
  /** The methods that could be added. */
  readonly addable: readonly Method[];
}

export type Arrival =
  | { readonly kind: "visit"; readonly visit: Visit }
  | {
      readonly kind: "expired";
      readonly token: string;
      readonly popup: Popup;
      readonly action: TrackedAction;
    }
  | { readonly kind: "unknown"; readonly popup: Popup };

/** What a page reads from its address, or a form from its fields. */
export type Fields = Pick<ReadonlyMap<string, string>, "get" | "has">;

/** Tells who comes, and for what, from the token alone. */
export async function arrive({ store, tokens, client, tenant }: Context, fields: Fields): Promise<Arrival> {
  const token = fields.get("token") ?? "";
  const popup = fields.get("mode") === "popup" ? { origins: client.popupOrigins } : undefined;
  const reading = await tokens.read(token);
  const action = reading.kind === "unknown" ? undefined : store.action(reading.action);
  if (reading.kind === "unknown" || action === undefined) {
    return { kind: "unknown", popup };
  }
  if (reading.kind === "expired") {
    return { kind: "expired", token, popup, action };
  }
  const authenticators = store.authenticatorsOf(action.userId);
  const holder = { action, scope: reading.scope };
  return {
    kind: "visit",
    visit: {
      token,
      popup,
      action,
      user: store.ensureUser(action.userId),
      authenticators,
      usable: authenticators
        .filter((one) => action.allowedVerificationMethods.includes(one.verificationMethod))
        .toSorted((a, b) => rank(b, action) - rank(a, action)),
      mayAdd: mayAdd(holder, authenticators.length > 0),
      mayRemove: mayRemove(holder),
      mayRead: mayRead(holder),
      addable: action.redirectToSettings === true ? tenant.methods() : action.allowedVerificationMethods,
    },
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

function rank(one: Authenticator, { defaultVerificationMethod }: TrackedAction): number {
  return (one.verificationMethod === defaultVerificationMethod ? 2 : 0) + Number(one.isDefault);
}
