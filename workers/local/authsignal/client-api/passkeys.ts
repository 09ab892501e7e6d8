import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import { trackVerified } from "../anonymous-action.ts";
import { CEREMONY_LIFETIME_MINUTES } from "../choices.ts";
import type { Context } from "../context.ts";
import { actionCodeSchema, idempotencyKeySchema } from "../server-api/input.ts";
import { apiError, invalidRequest } from "../server-api/errors.ts";
import { beginAuthentication, beginRegistration, checkAssertion, findByCredential } from "../webauthn.ts";
import { assertionSchema, registrationSchema } from "../webauthn-answers.ts";
import type { Assertion } from "../webauthn-answers.ts";
import { forAnyone, forTenant, forToken } from "./caller.ts";
import { refusalOfMethod } from "./refusals.ts";
import { verifiedBy } from "./verdicts.ts";
import {
  addCredential,
  invalidCredential,
  refusalOfAdding,
  unknownCredential,
  verifyCredential,
  whoIs,
} from "./webauthn-verdicts.ts";

const registrationOptionsSchema = z.strictObject({
  username: z.string().min(1).max(256).optional(),
  displayName: z.string().max(256).optional(),
  authenticatorAttachment: z.enum(["platform", "cross-platform"]).nullish(),
});
const addSchema = z.strictObject({
  registrationCredential: registrationSchema,
  conditionalCreate: z.boolean().optional(),
  challengeId: z.string().optional(),
});
const verifySchema = z.strictObject({
  authenticationCredential: assertionSchema,
  deviceId: z.string().optional(),
  challengeId: z.string().optional(),
});
const challengeIdSchema = z.strictObject({ challengeId: z.string().optional() });
const noBodySchema = z.strictObject({});

/** Passkeys (reference 5.3). The `/web` spellings answer alike and set no cookie. */
export function passkeysApi(context: Context): Hono {
  const api = new Hono();
  const { store, challenges, nowMs } = context;

  for (const path of ["registration-options", "registration-options/web"]) {
    api.post(
      `/client/user-authenticators/passkey/${path}`,
      forToken(context, registrationOptionsSchema, async (caller, wish) => {
        const refusal = refusalOfAdding(context, caller, "PASSKEY");
        if (refusal !== undefined) {
          return refusal;
        }
        const user = store.ensureUser(caller.action.userId);
        return Response.json(
          await beginRegistration(context, caller.action, user, "PASSKEY", {
            username: wish.username,
            attachment: wish.authenticatorAttachment ?? undefined,
          }),
        );
      }),
    );
  }

  for (const path of ["authentication-options", "authentication-options/web"]) {
    api.post(
      `/client/user-authenticators/passkey/${path}`,
      forAnyone(context, challengeIdSchema, async (caller, { challengeId }) => {
        const refusal = caller === undefined ? undefined : refusalOfMethod(caller.action, "PASSKEY");
        if (refusal !== undefined) {
          return refusal;
        }
        if (challengeId !== undefined && caller === undefined && challenges.get(challengeId) === undefined) {
          return invalidRequest("challengeId: There is no such challenge.");
        }
        return Response.json(await beginAuthentication(context, caller?.action, "PASSKEY", challengeId));
      }),
    );
  }

  api.post(
    "/client/user-authenticators/passkey",
    forToken(context, addSchema, (caller, { registrationCredential, challengeId }) =>
      addCredential(context, caller, "PASSKEY", registrationCredential, challengeId),
    ),
  );

  api.post(
    "/client/verify/passkey",
    forAnyone(context, verifySchema, async (caller, { authenticationCredential, challengeId, deviceId }) =>
      caller === undefined
        ? signIn(authenticationCredential, challengeId, deviceId)
        : verifyCredential(context, caller, "PASSKEY", authenticationCredential, challengeId),
    ),
  );

  api.get(
    "/client/user-authenticators/passkey",
    forTenant(context, noBodySchema, (_body, c) => {
      const ids = (c.req.query("credentialIds") ?? "").split(",");
      const found = ids.map((id) => findByCredential(context, id)).find((one) => one !== undefined);
      return found?.credential === undefined
        ? apiError(404, "credential_not_found", "There is no passkey with one of these ids.")
        : Response.json({ credentialId: found.credential.credentialId, verifiedAt: found.verifiedAt });
    }),
  );

  for (const path of ["/client/challenge", "/client/challenge/web"]) {
    api.post(
      path,
      forTenant(
        context,
        z.strictObject({
          action: actionCodeSchema,
          idempotencyKey: idempotencyKeySchema.optional(),
        }),
        ({ action, idempotencyKey }) => {
          const { challengeId } = challenges.start({
            verificationMethod: "PASSKEY",
            expiresAtMs: nowMs() + CEREMONY_LIFETIME_MINUTES * 60_000,
            idempotencyKey: idempotencyKey ?? randomUUID(),
            actionCode: action,
          });
          return Response.json({ challengeId });
        },
      ),
    );
  }

  return api;

  /** A sign-in by someone who was not known before: the passkey says who. */
  async function signIn(
    response: Assertion,
    challengeId: string | undefined,
    deviceId: string | undefined,
  ): Promise<Response> {
    const check = await checkAssertion(context, "PASSKEY", response);
    if (check.kind !== "right") {
      return check.kind === "unknown_credential" ? unknownCredential() : invalidCredential();
    }
    if ((challengeId ?? check.ceremony.challengeId) !== check.ceremony.challengeId) {
      return invalidCredential();
    }
    const { userId, userAuthenticatorId } = check.authenticator;
    const started = challenges.get(check.ceremony.challengeId);
    if (started?.actionCode === undefined) {
      // No action was named, so there is nothing that a token could be for.
      return Response.json({ isVerified: true, ...whoIs(context, userId, userAuthenticatorId) });
    }
    const { actionCode, idempotencyKey } = started;
    const action = trackVerified(store, { userId, actionCode, idempotencyKey }, "PASSKEY", { deviceId });
    // A key that was tracked before names that action, whose own rules hold.
    const refusal = refusalOfMethod(action, "PASSKEY");
    if (refusal !== undefined) {
      return refusal;
    }
    started.userId = userId;
    started.isVerified = true;
    return verifiedBy(context, action, check.authenticator, whoIs(context, userId, userAuthenticatorId));
  }
}
