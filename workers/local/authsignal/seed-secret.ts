import { createHmac } from "node:crypto";
import * as OTPAuth from "otpauth";

/** A seeded authenticator app keeps its secret over restarts, so that a real phone can be set up with it once. */
export function seedSecret(userId: string): string {
  const bytes = createHmac("sha1", "seeded authenticator app").update(userId).digest();
  return new OTPAuth.Secret({ buffer: new Uint8Array(bytes).buffer }).base32;
}
