import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import type { StartedChallenge } from "../challenge-book.ts";
import type { Context } from "../context.ts";
import { TENANT_METHODS } from "../model.ts";
import type { CodeChannel } from "../model.ts";
import { ServerChallenges } from "../server-challenges.ts";
import type { Sent } from "../server-challenges.ts";
import { apiError, invalidRequest, notFound } from "./errors.ts";
import {
  actionCodeSchema,
  check,
  checkBody,
  customSchema,
  idempotencyKeySchema,
  phoneNumberSchema,
  userIdSchema,
} from "./input.ts";
import { ipAddressSchema, scopeSchema } from "./track.ts";

const challengeSchema = z.strictObject({
  verificationMethod: z.enum(["SMS", "EMAIL_OTP", "WHATSAPP"]).optional(),
  action: actionCodeSchema.optional(),
  challengeId: z.string().optional(),
  idempotencyKey: idempotencyKeySchema.optional(),
  userId: userIdSchema.optional(),
  email: z.email().optional(),
  phoneNumber: phoneNumberSchema.optional(),
  smsChannel: z.enum(["DEFAULT", "WHATSAPP"]).optional(),
  locale: z.string().optional(),
  deviceId: z.string().min(1).optional(),
  ipAddress: ipAddressSchema.optional(),
  userAgent: z.string().optional(),
  custom: customSchema.optional(),
  scope: scopeSchema.optional(),
});
type ChallengeRequest = z.infer<typeof challengeSchema>;

const verifySchema = z.strictObject({ challengeId: z.string(), verificationCode: z.string() });
const claimSchema = z.strictObject({
  challengeId: z.string(),
  userId: userIdSchema,
  skipVerificationCheck: z.boolean().optional(),
});
const querySchema = z.strictObject({
  challengeId: z.string().optional(),
  userId: z.string().optional(),
  action: z.string().optional(),
  verificationMethod: z.enum(TENANT_METHODS).optional(),
});

/** Challenges that a server drives itself (reference 2.8). */
export function challengesApi(context: Context): Hono {
  const { store, challenges, tenant, nowMs } = context;
  const api = new Hono();
  const serverChallenges = new ServerChallenges(context);

  api.post("/challenge", async (c) => {
    const body = await checkBody(c, challengeSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { challengeId } = body.value;
    const known = challengeId === undefined ? undefined : challenges.get(challengeId);
    if (challengeId !== undefined && (known === undefined || !isOpen(known))) {
      return invalidRequest("challengeId: There is no such challenge, or it is over.");
    }
    const challenge = known ?? begin(body.value);
    if (challenge instanceof Response) {
      return challenge;
    }
    const sent = await serverChallenges.send(challenge);
    return sent === "sent"
      ? c.json({
          challengeId: challenge.challengeId,
          idempotencyKey: challenge.idempotencyKey,
          expiresAt: Math.floor(challenge.expiresAtMs / 1000),
        })
      : refusalOf(sent);
  });

  api.post("/verify", async (c) => {
    const body = await checkBody(c, verifySchema);
    if (!body.ok) {
      return body.refusal;
    }
    const challenge = challenges.get(body.value.challengeId);
    if (challenge === undefined || !isByCode(challenge)) {
      return notFound("The challenge does not exist.");
    }
    const { email, phoneNumber, verificationMethod } = challenge;
    const checked = await serverChallenges.verify(challenge, body.value.verificationCode);
    switch (checked) {
      case "right":
        return c.json({ isVerified: true, email, phoneNumber, verificationMethod });
      case "refused":
        return apiError(
          400,
          "verification_refused",
          "The verification webhook did not accept the challenge.",
        );
      default:
        return c.json({ isVerified: false, email, phoneNumber, verificationMethod, failureReason: checked });
    }
  });

  api.post("/claim", async (c) => {
    const body = await checkBody(c, claimSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { challengeId, userId, skipVerificationCheck = false } = body.value;
    const challenge = challenges.get(challengeId);
    if (challenge === undefined) {
      return notFound("The challenge does not exist.");
    }
    const { verificationMethod } = challenge;
    const token = await serverChallenges.claim(challenge, userId, skipVerificationCheck);
    return typeof token === "string"
      ? c.json({ token, verificationMethod })
      : invalidRequest(CLAIM_PROBLEMS[token.problem]);
  });

  api.get("/challenges", (c) => {
    const query = check(querySchema, c.req.query());
    if (!query.ok) {
      return query.refusal;
    }
    const { challengeId, userId, action, verificationMethod } = query.value;
    if (challengeId === undefined && userId === undefined && action === undefined) {
      return invalidRequest("One of challengeId, userId or action is required.");
    }
    const [newest] = challenges.find(
      (one) =>
        one.expiresAtMs > nowMs() &&
        (challengeId === undefined || one.challengeId === challengeId) &&
        (userId === undefined || one.userId === userId) &&
        (action === undefined || one.actionCode === action) &&
        (verificationMethod === undefined || one.verificationMethod === verificationMethod),
    );
    return c.json(newest === undefined ? {} : publicChallenge(newest));
  });

  return api;

  /** A new challenge, or the answer to one that cannot be sent. */
  function begin(request: ChallengeRequest): StartedChallenge | Response {
    const { userId, email, phoneNumber, smsChannel } = request;
    const user = userId === undefined ? undefined : store.users.get(userId);
    const channel = channelOf(request);
    if (!tenant.methods().includes(channel)) {
      return invalidRequest(`The verification method ${channel} is not enabled for this tenant.`);
    }
    const to =
      channel === "EMAIL_OTP"
        ? { email: email ?? user?.email }
        : { phoneNumber: phoneNumber ?? user?.phoneNumber };
    if (to.email === undefined && to.phoneNumber === undefined) {
      return invalidRequest(
        `${channel === "EMAIL_OTP" ? "An email" : "A phoneNumber"} is required for ${channel}.`,
      );
    }
    return challenges.start({
      verificationMethod: channel,
      expiresAtMs: 0,
      idempotencyKey: request.idempotencyKey ?? randomUUID(),
      actionCode: request.action,
      userId,
      ...to,
      ...(channel === "SMS" ? { smsChannel: smsChannel ?? "DEFAULT" } : {}),
      scope: request.scope,
      custom: request.custom,
      deviceId: request.deviceId,
      ipAddress: request.ipAddress,
      userAgent: request.userAgent,
    });
  }
}

/** Others are started by the client API: their answer is no code. */
function isByCode({ verificationMethod }: StartedChallenge): boolean {
  return ["EMAIL_OTP", "SMS", "WHATSAPP"].includes(verificationMethod);
}

/** A code can be sent again only while one is waited for. */
function isOpen(challenge: StartedChallenge): boolean {
  return isByCode(challenge) && !challenge.isVerified && !challenge.isClaimed;
}

const CLAIM_PROBLEMS = {
  other_user: "The challenge belongs to another user.",
  claimed: "The challenge was claimed before.",
  expired: "The challenge has expired.",
  unverified: "The challenge is not verified.",
} as const;

function refusalOf(sent: Exclude<Sent, "sent">): Response {
  return sent === "too_many"
    ? apiError(429, "too_many_requests", "Too many codes were sent. Try again later.")
    : apiError(400, "delivery_failed", "The message could not be delivered.");
}

/** The method asked for, or the one that the address given is for. */
function channelOf({ verificationMethod, email, phoneNumber }: ChallengeRequest): CodeChannel {
  return verificationMethod ?? (email === undefined && phoneNumber !== undefined ? "SMS" : "EMAIL_OTP");
}

/** Documented: the method is shown only once the challenge is completed. */
function publicChallenge(challenge: StartedChallenge): Record<string, unknown> {
  const { challengeId, expiresAtMs, verificationMethod, smsChannel, phoneNumber, email, actionCode } =
    challenge;
  return {
    challengeId,
    expiresAt: Math.floor(expiresAtMs / 1000),
    ...(challenge.isVerified ? { verificationMethod } : {}),
    smsChannel,
    phoneNumber,
    email,
    action: actionCode,
  };
}
