import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seedUser, startWorld } from "../harness.ts";
import type { World } from "../harness.ts";
import { call, clientHeaders, trackFree } from "./client.ts";

const newt = seedUser("newt");
const ID = "AAAA";

let world: World;
beforeAll(async () => {
  world = await startWorld({ managementSecretKey: "management" });
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

/** An answer that names a challenge and proves nothing. */
function hollow(kind: "create" | "get", challenge: unknown): Record<string, unknown> {
  const clientData = { type: `webauthn.${kind}`, challenge, origin: world.standIn.publicUrl };
  return {
    id: ID,
    rawId: ID,
    type: "public-key",
    clientExtensionResults: {},
    response: {
      clientDataJSON: Buffer.from(JSON.stringify(clientData)).toString("base64url"),
      attestationObject: ID,
      authenticatorData: ID,
      signature: ID,
    },
  };
}

describe("options", () => {
  test("for a registration name the relying party and the user, with a challenge of its own", async () => {
    const { token } = await trackFree(world, "newt");
    const path = "user-authenticators/passkey/registration-options";
    const first = await call(world, path, token, {
      username: "newt@shop",
      authenticatorAttachment: "platform",
    });
    expect(first.body).toMatchObject({
      challengeId: expect.any(String),
      options: {
        rp: { id: "authsignal.localhost" },
        user: { name: "newt@shop", id: Buffer.from(newt.sub).toString("base64url") },
        authenticatorSelection: { residentKey: "required", authenticatorAttachment: "platform" },
        attestation: "none",
      },
    });
    const web = await call(world, `${path}/web`, token, { username: "newt@shop" });
    expect(web.body["challengeId"]).not.toBe(first.body["challengeId"]);
  });

  test("follow what the management API was told", async () => {
    const changed = await fetch(`${world.standIn.url}/v1/management/authenticator-configurations/passkey`, {
      method: "PATCH",
      headers: { authorization: `Basic ${btoa("management:")}`, "content-type": "application/json" },
      body: JSON.stringify({ relyingParty: "shop.localhost", userVerificationRequirement: "required" }),
    });
    expect(changed.status).toBe(200);
    const { token } = await trackFree(world, "newt");
    const { body } = await call(world, "user-authenticators/passkey/authentication-options", token, {});
    expect(body).toMatchObject({ options: { rpId: "shop.localhost", userVerification: "required" } });
  });

  test("without a token leave the choice of the passkey to the person", async () => {
    const started = await call(world, "challenge", undefined, { action: "sign-in" });
    const { challengeId } = started.body;
    const path = "user-authenticators/passkey/authentication-options";
    const { body } = await call(world, path, undefined, { challengeId });
    expect(body).toMatchObject({ challengeId, options: { challenge: expect.any(String) } });
    expect(body["options"]).not.toHaveProperty("allowCredentials");
    expect((await call(world, path, undefined, { challengeId: "other" })).status).toBe(400);
  });
});

describe("answers", () => {
  test("that prove nothing are an invalid credential, and use their challenge up", async () => {
    const { token } = await trackFree(world, "newt");
    const path = "user-authenticators/passkey/registration-options";
    const { body } = await call(world, path, token, {});
    const { challenge } = body["options"] as { challenge: string }; // WebAuthn creation options
    for (let i = 0; i < 2; i += 1) {
      const answer = await call(world, "user-authenticators/passkey", token, {
        registrationCredential: hollow("create", challenge),
      });
      expect(answer).toMatchObject({ status: 400, body: { errorCode: "invalid_credential" } });
    }
    expect(await world.sdk.getAuthenticators({ userId: newt.sub })).toEqual([]);
  });

  test("of a credential that nobody registered are unknown", async () => {
    const { body } = await call(world, "user-authenticators/passkey/authentication-options", undefined, {});
    const { challenge } = body["options"] as { challenge: string }; // WebAuthn request options
    const answer = await call(world, "verify/passkey", undefined, {
      authenticationCredential: hollow("get", challenge),
    });
    expect(answer).toMatchObject({ status: 400, body: { error: "unknown_credential" } });
  });

  test("come too late after five minutes", async () => {
    const { body } = await call(world, "user-authenticators/passkey/authentication-options", undefined, {});
    const { challenge } = body["options"] as { challenge: string }; // WebAuthn request options
    world.passTime(6);
    const answer = await call(world, "verify/passkey", undefined, {
      authenticationCredential: hollow("get", challenge),
    });
    expect(answer.body).toMatchObject({ error: "invalid_credential" });
    world.passTime(-6);
  });
});

test("whether a passkey still exists is answered to the tenant, by its id", async () => {
  const answer = await fetch(
    `${world.standIn.url}/v1/client/user-authenticators/passkey?credentialIds=${ID},BBBB`,
    { headers: clientHeaders() },
  );
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ error: "credential_not_found" });
});
