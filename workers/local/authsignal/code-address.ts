import type { Context } from "./context.ts";
import { pendingOf } from "./enrolling.ts";
import type { Authenticator, CodeChannel, TrackedAction } from "./model.ts";
import { pendingDetails } from "./pending-enrolments.ts";
import type { AuthenticatorDetails } from "./state.ts";

/** Where a message goes, and what a right answer proves. */
export interface CodeAddress {
  readonly to: string;
  readonly proves:
    | { readonly kind: "authenticator"; readonly authenticator: Authenticator }
    | { readonly kind: "enrolment"; readonly details: AuthenticatorDetails };
}

/**
 * Where a code or link of this method goes: to the authenticator that is being enrolled, else to the one the user has,
 * else (for someone who has none at all) to the address that the server gave to `track` or `updateUser`.
 */
export function codeAddress(
  context: Context,
  action: TrackedAction,
  method: CodeChannel | "EMAIL_MAGIC_LINK",
): CodeAddress | undefined {
  const field = method === "SMS" || method === "WHATSAPP" ? "phoneNumber" : "email";
  const { store } = context;
  const pending = pendingOf(context, action, method);
  const promised = pending?.[field];
  if (pending !== undefined && promised !== undefined) {
    return { to: promised, proves: { kind: "enrolment", details: pendingDetails(pending) } };
  }
  const all = store.authenticatorsOf(action.userId);
  const authenticator = preferred(all, method);
  const enrolledAt = authenticator?.[field];
  if (authenticator !== undefined && enrolledAt !== undefined) {
    return { to: enrolledAt, proves: { kind: "authenticator", authenticator } };
  }
  // A proven phone number serves WhatsApp too; the first right code makes it an authenticator of its own.
  const known =
    method === "WHATSAPP" && all.length > 0
      ? preferred(all, "SMS")?.phoneNumber
      : all.length === 0
        ? store.users.get(action.userId)?.[field]
        : undefined;
  return known === undefined
    ? undefined
    : {
        to: known,
        proves: { kind: "enrolment", details: { verificationMethod: method, [field]: known } },
      };
}

function preferred(all: readonly Authenticator[], method: string): Authenticator | undefined {
  const fitting = all.filter((one) => one.verificationMethod === method);
  return fitting.find((one) => one.isDefault) ?? fitting[0];
}
