import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { mayRead } from "../permissions.ts";
import { publicAuthenticator } from "../public-authenticator.ts";
import { forToken } from "./caller.ts";
import { missingScope } from "./refusals.ts";

const noBodySchema = z.strictObject({});

/** What a custom UI begins with: the methods to offer, and the authenticators there are (reference 5.3). */
export function accountApi(context: Context): Hono {
  const api = new Hono();
  const { store } = context;

  api.post(
    "/client/init",
    forToken(context, noBodySchema, ({ token, action }) => {
      const user = store.ensureUser(action.userId);
      const all = store.authenticatorsOf(action.userId);
      const usable = all.filter((one) => action.allowedVerificationMethods.includes(one.verificationMethod));
      const first = usable.find((one) => one.isDefault) ?? usable[0];
      const { email, phoneNumber } = user;
      return Response.json({
        challengeOptions: {
          token,
          defaultVerificationMethod: first?.verificationMethod,
          verificationMethods:
            all.length === 0
              ? action.allowedVerificationMethods
              : [...new Set(usable.map((one) => one.verificationMethod))],
          user: { email, phoneNumber },
        },
      });
    }),
  );

  api.get(
    "/client/user-authenticators",
    forToken(context, noBodySchema, (caller) =>
      mayRead(caller)
        ? Response.json(store.authenticatorsOf(caller.action.userId).map(publicAuthenticator))
        : missingScope("read:authenticators"),
    ),
  );

  return api;
}
