import { beforeEach, describe, expect, it } from "vitest";
import { fail } from "../../../src/http/result.ts";
import { tokenDigest } from "../../../src/triggers/digest.ts";
import { postAuthentication } from "../../../src/triggers/post-authentication.ts";
import { preTokenGeneration } from "../../../src/triggers/pre-token-generation.ts";
import { sealTicket, TICKET_SECONDS } from "../../../src/triggers/ticket.ts";
import {
  CLIENTS,
  KEY,
  NOW_SECONDS,
  OTHER_SUB,
  portsOf,
  RESULT_TOKEN,
  scripted,
  START_TOKEN,
  SUB,
} from "./fixtures.ts";

describe("a challenge that is shown to the later triggers", () => {
  let authsignal: ReturnType<typeof scripted>;
  beforeEach(() => {
    authsignal = scripted();
  });

  const ticketOf = async (changes = {}) => {
    const { keyring } = await portsOf(authsignal.api);
    const starter = (await tokenDigest(START_TOKEN)) ?? "";
    const ticket = {
      sub: SUB,
      clientId: "strict",
      action: "sign-in",
      key: KEY,
      kind: "challenge" as const,
      starter,
    };
    return sealTicket(keyring, { ...ticket, ...changes }, NOW_SECONDS);
  };
  const eventOf = (clientMetadata: Record<string, string>, clientId = "strict") => ({
    userName: "alice",
    callerContext: { clientId },
    request: { userAttributes: { sub: SUB }, clientMetadata },
  });
  const tokensFor = async (
    metadata: Record<string, string>,
    { clientId = "strict", now = NOW_SECONDS, source = "TokenGeneration_Authentication" } = {},
  ) =>
    preTokenGeneration(
      { ...eventOf(metadata, clientId), triggerSource: source },
      CLIENTS,
      await portsOf(authsignal.api, { nowSeconds: () => now }),
    );
  const signIn = async (metadata: Record<string, string>, clientId = "strict") => {
    const outcome = await postAuthentication(
      { ...eventOf(metadata, clientId), triggerSource: "PostAuthentication_Authentication" },
      CLIENTS,
      await portsOf(authsignal.api),
    );
    return outcome.ok ? "in" : outcome.error.code;
  };

  it("becomes two claims in both tokens", async () => {
    const claimsToAddOrOverride = { sallyport_method: "EMAIL_OTP", sallyport_challenged_at: 1_795_424_400 };
    expect(await tokensFor({ ticket: await ticketOf(), token: RESULT_TOKEN })).toEqual({
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: { claimsToAddOrOverride },
        accessTokenGeneration: { claimsToAddOrOverride },
      },
    });
    expect(await signIn({ ticket: await ticketOf(), token: RESULT_TOKEN })).toBe("in");
  });

  it.each([
    ["the ticket of another user", { sub: OTHER_SUB }],
    ["the ticket of another client", { clientId: "mfa" }],
    ["the ticket of another action", { action: "transfer" }],
    ["the ticket of another round", { key: `${KEY}0` }],
    ["a ticket for an ALLOW that was none", { kind: "allowed" }],
  ])("is none with %s", async (_, changes) => {
    const shown = { ticket: await ticketOf(changes), token: RESULT_TOKEN };
    expect(await tokensFor(shown)).toEqual({});
    expect(await signIn(shown)).toBe("step_up_required");
  });

  it.each([{ userId: OTHER_SUB }, { state: "CHALLENGE_REQUIRED" }, { idempotencyKey: "x" }, { action: "x" }])(
    "is none when Authsignal says %j",
    async (answer) => {
      authsignal.validate = () => answer;
      const shown = { ticket: await ticketOf(), token: RESULT_TOKEN };
      expect(await tokensFor(shown)).toEqual({});
      expect(await signIn(shown)).toBe("step_up_required");
    },
  );

  it("is none with the token that the round began with, a made-up ticket, or one of the two", async () => {
    const ticket = await ticketOf();
    for (const shown of [
      { ticket, token: START_TOKEN },
      { ticket: `${ticket.slice(0, -4)}AAAA`, token: RESULT_TOKEN },
      { ticket: "", token: RESULT_TOKEN },
      { ticket },
      { token: RESULT_TOKEN },
      {},
    ] as Record<string, string>[]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await tokensFor(shown)).toEqual({});
      // oxlint-disable-next-line no-await-in-loop
      expect(await signIn(shown)).toBe("step_up_required");
    }
  });

  it("is none when the ticket is old", async () => {
    const shown = { ticket: await ticketOf(), token: RESULT_TOKEN };
    expect(await tokensFor(shown, { now: NOW_SECONDS + TICKET_SECONDS })).toEqual({});
  });

  it("an ALLOW after a password lets in and makes no claims", async () => {
    authsignal.validate = () => ({ state: "ALLOW", verificationMethod: undefined });
    const shown = { ticket: await ticketOf({ kind: "allowed" }), token: START_TOKEN };
    expect(await signIn(shown)).toBe("in");
    expect(await tokensFor(shown)).toEqual({});
  });

  it("changes nothing for refreshes, managed login and clients that are not configured, and asks nobody", async () => {
    const shown = { ticket: await ticketOf(), token: RESULT_TOKEN };
    expect(await tokensFor(shown, { source: "TokenGeneration_RefreshTokens" })).toEqual({});
    expect(await tokensFor(shown, { source: "TokenGeneration_HostedAuth" })).toEqual({});
    expect(await tokensFor(shown, { clientId: "stranger" })).toEqual({});
    expect(await signIn({}, "stranger")).toBe("in");
    expect(await signIn({}, "mfa")).toBe("in");
    expect(authsignal.validations).toEqual([]);
  });

  it("an outage costs the claims, and the sign-in only where it must show its challenge", async () => {
    Object.assign(authsignal.api, { validate: () => Promise.resolve(fail({ reason: "timeout" })) });
    const shown = { ticket: await ticketOf(), token: RESULT_TOKEN };
    expect(await tokensFor(shown)).toEqual({});
    expect(await signIn(shown)).toBe("sign_in_unavailable");
  });
});
