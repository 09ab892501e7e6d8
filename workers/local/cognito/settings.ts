import * as z from "zod";

/**
 * How the pool is set up. Those marked "undocumented" stand where the documents are silent or contradict each other;
 * their default is the strictest behaviour that is plausible.
 */
export const settingsSchema = z.strictObject({
  /** The two issuer formats (reference 1.1). */
  issuerType: z.enum(["ORIGINAL", "UPDATED"]).default("ORIGINAL"),
  /** `amazon` writes the real `https://cognito-idp...amazonaws.com` string into tokens; keys stay on this machine. */
  issuerNames: z.enum(["local", "amazon"]).default("local"),
  /** Whether people may sign up by themselves. */
  selfSignUp: z.boolean().default(true),
  /** Whether tokens carry `acr` and `amr` (reference 1.6). Undocumented whether they are deployed yet. */
  acrClaims: z.boolean().default(false),
  /** Whether `/oauth2/token` rotates refresh tokens, on which the documents disagree (reference 2.3). */
  tokenEndpointRotates: z.boolean().default(true),
  /** Whether a spent refresh token that is used again revokes its whole lineage. Undocumented. */
  reuseRevokesLineage: z.boolean().default(true),
  /** What `scope` does in a refresh. Undocumented. */
  refreshScope: z.enum(["narrow", "ignore", "refuse"]).default("narrow"),
  /** The status of `invalid_client` at `/oauth2/token`, documented as 400 or 401. */
  invalidClientStatus: z.union([z.literal(400), z.literal(401)]).default(400),
  /** Whether a challenge must be answered with the name in `ChallengeParameters`, not the typed alias. */
  strictChallengeUsername: z.boolean().default(true),
  /** Whether a wrong password ends a custom flow that began with SRP, instead of going to DefineAuthChallenge. Undocumented. */
  wrongPasswordEndsCustomAuth: z.boolean().default(true),
  /** What further claims of an access token PreTokenGeneration may not change. Undocumented beyond the common list. */
  protectAccessIdentity: z.boolean().default(true),
  /** Whether the ClientMetadata of GetTokensFromRefreshToken reaches PreTokenGeneration. Implied, not stated. */
  refreshMetadataReachesTriggers: z.boolean().default(true),
});

/** Mutable, so that the control API can change the behaviour while the pool runs. */
export type PoolSettings = z.infer<typeof settingsSchema>;

/** An external identity provider that sign-in can be handed to (reference 2.1, `identity_provider`). */
export interface IdentityProvider {
  /** `Google`, `Facebook`, `LoginWithAmazon`, `SignInWithApple`, or the name of a SAML or OIDC provider. */
  readonly name: string;
  readonly type: "Google" | "Facebook" | "LoginWithAmazon" | "SignInWithApple" | "SAML" | "OIDC";
  /** Values of `idp_identifier` that select it, such as an e-mail domain. */
  readonly identifiers?: readonly string[];
}
