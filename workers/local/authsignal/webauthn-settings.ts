import * as z from "zod";
import type { Context } from "./context.ts";

/** The passkey settings of the tenant (reference 7.3). */
export interface WebauthnSettings {
  /** The relying party: the host of the pages, or a domain above it. */
  readonly rpId: string;
  /** The origins whose answers count. */
  readonly origins: readonly string[];
  readonly userVerification: "preferred" | "required";
}

/** A setting of another shape is as good as none. */
const passkeyConfigurationSchema = z.object({
  relyingParty: z.string().optional().catch(undefined),
  expectedOrigins: z.array(z.string()).optional().catch(undefined),
  userVerificationRequirement: z.enum(["preferred", "required"]).optional().catch(undefined),
});

/**
 * The settings in force: by default those of the pages, else the options, else what the management API was told
 * (`/authenticator-configurations/passkey`).
 */
export function webauthnSettings({ client, tenant, publicUrl }: Context): WebauthnSettings {
  const told = passkeyConfigurationSchema.parse(tenant.authenticators.get("PASSKEY") ?? {});
  const { relyingParty, expectedOrigins, userVerificationRequirement } = told;
  return {
    rpId: relyingParty ?? client.webauthn.rpId ?? new URL(publicUrl()).hostname,
    origins: expectedOrigins ?? client.webauthn.origins ?? [publicUrl()],
    userVerification: userVerificationRequirement ?? client.webauthn.userVerification ?? "preferred",
  };
}
