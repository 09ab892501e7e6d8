import type { Authenticator, WebauthnCredential } from "./model.ts";

/** An authenticator as both APIs show it (reference 2.4): without secrets and keys. */
export function publicAuthenticator(authenticator: Authenticator): Record<string, unknown> {
  const { secret: _secret, lastTimeStep: _lastTimeStep, credential, ...visible } = authenticator;
  return credential === undefined
    ? visible
    : {
        ...visible,
        ...(credential.attachment === undefined ? {} : { authenticatorAttachment: credential.attachment }),
        webauthnCredential: publicCredential(credential, authenticator.verifiedAt),
      };
}

function publicCredential(credential: WebauthnCredential, verifiedAt: string): Record<string, unknown> {
  const { credentialId, deviceId, name, aaguid, backedUp, deviceType, attachment } = credential;
  return {
    credentialId,
    deviceId,
    name,
    aaguid,
    credentialBackedUp: backedUp,
    credentialDeviceType: deviceType,
    ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
    verifiedAt,
  };
}
