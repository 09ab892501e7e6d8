import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { Session } from "../sessions.ts";
import { apiError, invalidRequest } from "./errors.ts";
import { checkBody, userIdSchema } from "./input.ts";

const createSchema = z.strictObject({
  clientId: z.string(),
  token: z.string(),
  action: z.string().optional(),
});
const validateSchema = z.strictObject({
  accessToken: z.string(),
  clientIds: z.array(z.string()).optional(),
});

/** Sessions after a challenge (reference 2.9). A token that is not good is 401, whatever is wrong with it. */
export function sessionsApi({ store, tokens, tenant, sessions, switches }: Context): Hono {
  const api = new Hono();

  api.post("/sessions", async (c) => {
    const body = await checkBody(c, createSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const client = tenant.appClients.get(body.value.clientId);
    if (client === undefined) {
      return invalidRequest("clientId: There is no such app client.");
    }
    const reading = await tokens.read(body.value.token);
    const action = reading.kind === "valid" ? store.action(reading.action) : undefined;
    const isGood =
      action?.state === "CHALLENGE_SUCCEEDED" &&
      (body.value.action === undefined || body.value.action === action.actionCode);
    return isGood
      ? c.json(await sessions.create(store.ensureUser(action.userId), client, action.verificationMethod))
      : refuseToken();
  });

  api.post("/sessions/validate", async (c) => {
    const body = await checkBody(c, validateSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { accessToken, clientIds } = body.value;
    const session = await sessions.read(accessToken);
    if (session === undefined || clientIds?.includes(session.clientId) === false) {
      return refuseToken();
    }
    return c.json({
      user: store.ensureUser(session.userId),
      expiresAt: Math.floor(session.accessExpiresAtMs / 1000),
      verificationMethod: session.verificationMethod,
    });
  });

  api.post("/sessions/refresh", async (c) => {
    const body = await checkBody(c, z.strictObject({ refreshToken: z.string() }));
    if (!body.ok) {
      return body.refusal;
    }
    const session = sessions.byRefreshToken(body.value.refreshToken);
    const client = tenant.appClients.get(session?.clientId ?? "");
    if (session === undefined || client === undefined) {
      return refuseToken();
    }
    if (switches.refreshRevokes === "user") {
      sessions.revokeAllOf(session.userId, session);
    }
    return c.json(await sessions.refresh(session, store.ensureUser(session.userId), client));
  });

  api.post("/sessions/revoke", async (c) => {
    const body = await checkBody(c, z.strictObject({ accessToken: z.string() }));
    if (!body.ok) {
      return body.refusal;
    }
    const session: Session | undefined = await sessions.read(body.value.accessToken);
    if (session === undefined) {
      return refuseToken();
    }
    sessions.revoke(session);
    return c.json({});
  });

  api.post("/sessions/user/revoke", async (c) => {
    const body = await checkBody(c, z.strictObject({ userId: userIdSchema }));
    if (!body.ok) {
      return body.refusal;
    }
    sessions.revokeAllOf(body.value.userId);
    return c.json({});
  });

  return api;
}

/** The public keys of session tokens and where to find them: no key is needed to read them (reference 2.9). */
export function sessionKeysApi({ sessions, tenantId }: Context): Hono {
  const api = new Hono();
  const base = `/client/public/${tenantId}/.well-known`;
  api.get(`${base}/jwks`, async (c) => c.json({ keys: await sessions.keys.published() }));
  api.get(`${base}/openid-configuration`, (c) =>
    c.json({
      issuer: sessions.issuer,
      jwks_uri: `${sessions.issuer}/.well-known/jwks`,
      response_types_supported: ["token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    }),
  );
  return api;
}

const refuseToken = (): Response =>
  apiError(401, "unauthorized", "The token is invalid, has expired, or was revoked.");
