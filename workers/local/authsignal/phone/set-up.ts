import type { Context } from "../context.ts";
import type { Authenticator } from "../model.ts";

/** Makes this page the phone of a user, for pushes or for QR codes. */
export function setUpPhone(
  { store, webhooks }: Context,
  userId: string,
  verificationMethod: "PUSH" | "QR_CODE",
): Authenticator {
  const known = store.authenticatorsOf(userId).find((one) => one.verificationMethod === verificationMethod);
  if (known !== undefined) {
    return known;
  }
  const authenticator = store.addAuthenticator(userId, { verificationMethod });
  webhooks.authenticatorEvent("authenticator.created", authenticator);
  return authenticator;
}
