import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { pendingOf } from "../enrolling.ts";
import { pendingDetails } from "../pending-enrolments.ts";
import { mayAdd } from "../permissions.ts";
import { appUri, newAppSecret } from "../verification.ts";
import { forToken } from "./caller.ts";
import { missingScope, notEnrolled, refusalOfMethod } from "./refusals.ts";
import { enrolledBy, notVerified, verifiedBy } from "./verdicts.ts";

const METHOD = "AUTHENTICATOR_APP";

/** Authenticator apps (reference 5.3). */
export function totpApi(context: Context): Hono {
  const api = new Hono();
  const { store, client, verifier } = context;

  api.post(
    "/client/user-authenticators/totp",
    forToken(context, z.strictObject({}), (caller) => {
      const { action } = caller;
      const refusal = refusalOfMethod(action, METHOD);
      if (refusal !== undefined) {
        return refusal;
      }
      if (!mayAdd(caller, store.authenticatorsOf(action.userId).length > 0)) {
        return missingScope("add:authenticators");
      }
      const secret = newAppSecret();
      const { userAuthenticatorId } = client.pending.begin(action, { verificationMethod: METHOD, secret });
      const user = store.ensureUser(action.userId);
      const uri = appUri(secret, user.email ?? user.username ?? user.userId);
      return Response.json({ userAuthenticatorId, userId: action.userId, uri, secret });
    }),
  );

  api.post(
    "/client/verify/totp",
    forToken(
      context,
      z.strictObject({ verificationCode: z.string() }),
      ({ action }, { verificationCode }) => {
        const refusal = refusalOfMethod(action, METHOD);
        if (refusal !== undefined) {
          return refusal;
        }
        const pending = pendingOf(context, action, METHOD);
        const apps = store.authenticatorsOf(action.userId).filter((one) => one.verificationMethod === METHOD);
        const app = apps.find((one) => one.isDefault) ?? apps[0];
        const secret = pending?.secret ?? app?.secret;
        if (secret === undefined) {
          return notEnrolled(METHOD);
        }
        const lastTimeStep = pending === undefined ? (app?.lastTimeStep ?? 0) : 0;
        const result = verifier.checkAppCode(action.userId, secret, lastTimeStep, verificationCode);
        if (result.kind !== "right") {
          return notVerified(context, result);
        }
        const usedUp = result.timeStep ?? 0;
        if (pending !== undefined) {
          return enrolledBy(context, action, { ...pendingDetails(pending), lastTimeStep: usedUp });
        }
        if (app === undefined) {
          return notEnrolled(METHOD);
        }
        app.lastTimeStep = usedUp;
        return verifiedBy(context, action, app);
      },
    ),
  );

  return api;
}
