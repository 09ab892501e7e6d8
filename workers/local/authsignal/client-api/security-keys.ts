import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { beginAuthentication, beginRegistration } from "../webauthn.ts";
import { assertionSchema, registrationSchema } from "../webauthn-answers.ts";
import { forToken } from "./caller.ts";
import { refusalOfMethod } from "./refusals.ts";
import { addCredential, refusalOfAdding, verifyCredential } from "./webauthn-verdicts.ts";

const METHOD = "SECURITY_KEY";
const noBodySchema = z.strictObject({});

/** Security keys: options and credentials are not wrapped (reference 5.3). */
export function securityKeysApi(context: Context): Hono {
  const api = new Hono();

  api.post(
    "/client/user-authenticators/security-key/registration-options",
    forToken(context, noBodySchema, async (caller) => {
      const user = context.store.ensureUser(caller.action.userId);
      return (
        refusalOfAdding(context, caller, METHOD) ??
        Response.json((await beginRegistration(context, caller.action, user, METHOD)).options)
      );
    }),
  );

  api.post(
    "/client/user-authenticators/security-key/authentication-options",
    forToken(
      context,
      noBodySchema,
      async ({ action }) =>
        refusalOfMethod(action, METHOD) ??
        Response.json((await beginAuthentication(context, action, METHOD)).options),
    ),
  );

  api.post(
    "/client/user-authenticators/security-key",
    forToken(context, registrationSchema, (caller, credential) =>
      addCredential(context, caller, METHOD, credential),
    ),
  );

  api.post(
    "/client/verify/security-key",
    forToken(context, assertionSchema, (caller, credential) =>
      verifyCredential(context, caller, METHOD, credential),
    ),
  );

  return api;
}
