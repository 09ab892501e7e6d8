import type { VerifiedAddress } from "../authsignal/sign-in.ts";

/**
 * The address by which a user can be asked without enrolling first: one that Cognito has verified, e-mail before
 * phone. An address that is merely written in the pool may be a stranger's.
 */
export function verifiedAddressOf(attributes: Readonly<Record<string, string>>): VerifiedAddress | undefined {
  const { email, phone_number: phoneNumber } = attributes;
  if (email !== undefined && attributes["email_verified"] === "true") {
    return { method: "EMAIL_OTP", email };
  }
  if (phoneNumber !== undefined && attributes["phone_number_verified"] === "true") {
    return { method: "SMS", phoneNumber };
  }
  return undefined;
}
