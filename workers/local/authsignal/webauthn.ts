import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { CEREMONY_LIFETIME_MINUTES } from "./choices.ts";
import type { Context } from "./context.ts";
import type { ActionKey, Authenticator, User, WebauthnCredential } from "./model.ts";
import { challengeOf, clientDataOf } from "./webauthn-answers.ts";
import type { Assertion, Registration } from "./webauthn-answers.ts";
import type { Ceremony, WebauthnMethod } from "./webauthn-ceremonies.ts";
import { webauthnSettings } from "./webauthn-settings.ts";
import { userName } from "./words.ts";

type RegistrationOptions = Awaited<ReturnType<typeof generateRegistrationOptions>>;
type AuthenticationOptions = Awaited<ReturnType<typeof generateAuthenticationOptions>>;
type Attachment = "platform" | "cross-platform";

const RP_NAME = "Local world";
/** EdDSA, ES256 and RS256 (RFC 9053, RFC 8812): what every browser's authenticators can do. */
const ALGORITHM_IDS = [-8, -7, -257];
const attachmentSchema = z.enum(["platform", "cross-platform"]).optional().catch(undefined);
const MAX_CREDENTIAL_CHARACTERS = 16_384;

export type RegistrationCheck =
  | { readonly kind: "registered"; readonly ceremony: Ceremony; readonly credential: WebauthnCredential }
  | { readonly kind: "invalid" };
export type AssertionCheck =
  | { readonly kind: "right"; readonly ceremony: Ceremony; readonly authenticator: Authenticator }
  | { readonly kind: "unknown_credential" | "invalid" };

/** Begins a registration for the user of an action. */
export async function beginRegistration(
  context: Context,
  action: ActionKey,
  user: User,
  method: WebauthnMethod,
  wish: { readonly username?: string | undefined; readonly attachment?: Attachment | undefined } = {},
): Promise<{ readonly challengeId: string; readonly options: RegistrationOptions }> {
  const settings = webauthnSettings(context);
  const name = wish.username ?? user.email ?? user.username ?? user.userId;
  const attachment = wish.attachment ?? (method === "SECURITY_KEY" ? "cross-platform" : undefined);
  const options = await generateRegistrationOptions({
    rpName: RP_NAME,
    rpID: settings.rpId,
    userName: name,
    userID: new TextEncoder().encode(user.userId).slice(0, 64),
    userDisplayName: wish.username ?? userName(user, user.userId),
    timeout: CEREMONY_LIFETIME_MINUTES * 60_000,
    attestationType: "none",
    supportedAlgorithmIDs: ALGORITHM_IDS,
    excludeCredentials: credentialsOf(context, user.userId, method),
    authenticatorSelection: {
      residentKey: method === "PASSKEY" ? "required" : "discouraged",
      userVerification: settings.userVerification,
      ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
    },
  });
  const { challenge } = options;
  const ceremony = context.client.ceremonies.begin({ kind: "registration", method, challenge, action });
  return { challengeId: ceremony.challengeId, options };
}

/**
 * Begins an authentication: with an action for the credentials of its user, without one for whichever passkey the
 * person chooses.
 */
export async function beginAuthentication(
  context: Context,
  action: ActionKey | undefined,
  method: WebauthnMethod,
  challengeId?: string,
): Promise<{ readonly challengeId: string; readonly options: AuthenticationOptions }> {
  const settings = webauthnSettings(context);
  const options = await generateAuthenticationOptions({
    rpID: settings.rpId,
    timeout: CEREMONY_LIFETIME_MINUTES * 60_000,
    userVerification: settings.userVerification,
    ...(action === undefined ? {} : { allowCredentials: credentialsOf(context, action.userId, method) }),
  });
  const start = { kind: "authentication", method, challenge: options.challenge, action } as const;
  const ceremony = context.client.ceremonies.begin(start, challengeId);
  return { challengeId: ceremony.challengeId, options };
}

/** Checks the answer to a registration; each ceremony is used up by its first answer. */
export async function checkRegistration(
  context: Context,
  method: WebauthnMethod,
  response: Registration,
): Promise<RegistrationCheck> {
  const ceremony = context.client.ceremonies.take(challengeOf(response), "registration", method);
  if (ceremony === undefined || JSON.stringify(response).length > MAX_CREDENTIAL_CHARACTERS) {
    return { kind: "invalid" };
  }
  const settings = webauthnSettings(context);
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      // The library's type names the known transports; it reads the rest of the object by the same names.
      response: response as unknown as Parameters<typeof verifyRegistrationResponse>[0]["response"],
      expectedChallenge: ceremony.challenge,
      expectedOrigin: [...settings.origins],
      expectedRPID: settings.rpId,
      requireUserVerification: settings.userVerification === "required",
      supportedAlgorithmIDs: ALGORITHM_IDS,
    });
    if (!verified || findByCredential(context, registrationInfo.credential.id) !== undefined) {
      return { kind: "invalid" };
    }
    const attachment = attachmentSchema.parse(response.authenticatorAttachment);
    return {
      kind: "registered",
      ceremony,
      credential: {
        credentialId: registrationInfo.credential.id,
        publicKey: Buffer.from(registrationInfo.credential.publicKey).toString("base64url"),
        counter: registrationInfo.credential.counter,
        transports: response.response.transports ?? [],
        aaguid: registrationInfo.aaguid,
        deviceType: registrationInfo.credentialDeviceType,
        backedUp: registrationInfo.credentialBackedUp,
        ...(attachment === undefined ? {} : { attachment }),
        name: method === "PASSKEY" ? "Passkey" : "Security key",
        deviceId: randomUUID(),
      },
    };
  } catch {
    return { kind: "invalid" };
  }
}

/** Checks the answer to an authentication and moves the signature counter. Each ceremony is used up by its first answer. */
export async function checkAssertion(
  context: Context,
  method: WebauthnMethod,
  response: Assertion,
): Promise<AssertionCheck> {
  const ceremony = context.client.ceremonies.take(challengeOf(response), "authentication", method);
  if (ceremony === undefined || JSON.stringify(response).length > MAX_CREDENTIAL_CHARACTERS) {
    return { kind: "invalid" };
  }
  const authenticator = findByCredential(context, response.id);
  const credential = authenticator?.credential;
  if (
    authenticator?.verificationMethod !== method ||
    credential === undefined ||
    (ceremony.action !== undefined && ceremony.action.userId !== authenticator.userId)
  ) {
    return { kind: "unknown_credential" };
  }
  const settings = webauthnSettings(context);
  const topOrigin = topOriginOf(context, response);
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      // As above: the same names, more freely typed.
      response: response as unknown as Parameters<typeof verifyAuthenticationResponse>[0]["response"],
      expectedChallenge: ceremony.challenge,
      expectedOrigin: [...settings.origins],
      expectedRPID: settings.rpId,
      ...(topOrigin === undefined ? {} : { expectedTopOrigin: topOrigin }),
      credential: {
        id: credential.credentialId,
        publicKey: new Uint8Array(Buffer.from(credential.publicKey, "base64url")),
        counter: credential.counter,
      },
      requireUserVerification: settings.userVerification === "required",
    });
    if (!verified) {
      return { kind: "invalid" };
    }
    credential.counter = authenticationInfo.newCounter;
    return { kind: "right", ceremony, authenticator };
  } catch {
    return { kind: "invalid" };
  }
}

/** The authenticator with this credential, whoever's it is. */
export function findByCredential({ store }: Context, credentialId: string): Authenticator | undefined {
  for (const userId of store.users.keys()) {
    const found = store.authenticatorsOf(userId).find((one) => one.credential?.credentialId === credentialId);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function credentialsOf(
  { store }: Context,
  userId: string,
  method: WebauthnMethod,
): { id: string; transports: string[] }[] {
  return store
    .authenticatorsOf(userId)
    .filter((one) => one.verificationMethod === method)
    .flatMap(({ credential }) =>
      credential === undefined
        ? []
        : [{ id: credential.credentialId, transports: [...credential.transports] }],
    );
}

/** In a popup the page around counts too, when it is one of those that may show the UI. */
function topOriginOf({ client }: Context, response: Assertion): string | undefined {
  const topOrigin = clientDataOf(response)?.topOrigin;
  return topOrigin === undefined || client.popupOrigins?.includes(topOrigin) === false
    ? undefined
    : topOrigin;
}
