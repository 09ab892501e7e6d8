import { Hono } from "hono";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Context } from "../context.ts";
import { checkBody, userIdSchema } from "./input.ts";

const MAX_IMPORTED = 100;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const NO_AAGUID = "00000000-0000-0000-0000-000000000000";

const passkeySchema = z.strictObject({
  userId: userIdSchema,
  verificationMethod: z.string(),
  credentialId: z.string().regex(BASE64URL),
  credentialPublicKey: z.string().regex(BASE64URL),
  name: z.string().optional(),
  transports: z.array(z.string()).optional(),
  aaguid: z.string().optional(),
});
const bodySchema = z.strictObject({ authenticators: z.array(passkeySchema).min(1).max(MAX_IMPORTED) });

interface Failure {
  readonly userId: string;
  readonly credentialId: string;
  readonly errorCode: string;
  readonly errorDescription: string;
}

/** `POST /users/authenticators`: passkeys that were registered elsewhere, many at once (reference 2.4). */
export function importsApi({ store, webhooks }: Context): Hono {
  const api = new Hono();

  api.post("/users/authenticators", async (c) => {
    const body = await checkBody(c, bodySchema);
    if (!body.ok) {
      return body.refusal;
    }
    const failures = body.value.authenticators.map(take).filter((one) => one !== undefined);
    const total = body.value.authenticators.length;
    return c.json({ total, succeeded: total - failures.length, failed: failures.length, failures });
  });

  return api;

  function take(passkey: z.infer<typeof passkeySchema>): Failure | undefined {
    const { userId, credentialId, credentialPublicKey, name = "Imported passkey" } = passkey;
    const problem = problemOf(passkey);
    if (problem !== undefined) {
      return { userId, credentialId, errorCode: "invalid_request", errorDescription: problem };
    }
    store.ensureUser(userId);
    const authenticator = store.addAuthenticator(userId, {
      verificationMethod: "PASSKEY",
      credential: {
        credentialId,
        publicKey: credentialPublicKey,
        counter: 0,
        transports: passkey.transports ?? [],
        aaguid: passkey.aaguid ?? NO_AAGUID,
        deviceType: "multiDevice",
        backedUp: true,
        name,
        deviceId: randomUUID(),
      },
    });
    webhooks.authenticatorEvent("authenticator.created", authenticator);
    return undefined;
  }

  function problemOf({
    userId,
    credentialId,
    verificationMethod,
  }: z.infer<typeof passkeySchema>): string | undefined {
    if (verificationMethod !== "PASSKEY") {
      return "Only PASSKEY authenticators can be imported.";
    }
    const isKnown = store
      .authenticatorsOf(userId)
      .some((one) => one.credential?.credentialId === credentialId);
    return isKnown ? "The credential was imported before." : undefined;
  }
}
