import { fc } from "../../../../support/properties.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld } from "../harness.ts";
import type { World } from "../harness.ts";
import { clientHeaders, trackFree } from "./client.ts";

const RUNS = { numRuns: 400 };
const ENDPOINTS = [
  "init",
  "challenge",
  "challenge/web",
  "challenge/email-otp",
  "challenge/email-magic-link",
  "challenge/sms",
  "challenge/whatsapp",
  "challenge/push",
  "challenge/qr-code",
  "verify/email-otp",
  "verify/sms",
  "verify/whatsapp",
  "verify/totp",
  "verify/email-magic-link/finalize",
  "verify/passkey",
  "verify/security-key",
  "verify/push",
  "verify/qr-code",
  "user-authenticators/email-otp",
  "user-authenticators/email-magic-link",
  "user-authenticators/sms",
  "user-authenticators/totp",
  "user-authenticators/passkey",
  "user-authenticators/passkey/registration-options",
  "user-authenticators/passkey/registration-options/web",
  "user-authenticators/passkey/authentication-options",
  "user-authenticators/passkey/authentication-options/web",
  "user-authenticators/security-key",
  "user-authenticators/security-key/registration-options",
  "user-authenticators/security-key/authentication-options",
];

const base64url = fc
  .oneof(fc.string(), fc.json(), fc.constant('{"type":"webauthn.get","challenge":"x","origin":"http://a"}'))
  .map((text) => Buffer.from(text).toString("base64url"));
const credential = fc.record(
  {
    id: base64url,
    rawId: base64url,
    type: fc.constantFrom("public-key", "other"),
    clientExtensionResults: fc.constant({}),
    response: fc.record({
      clientDataJSON: base64url,
      attestationObject: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: fc.option(fc.string()),
    }),
  },
  { requiredKeys: ["id"] },
);
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        verificationCode: fc.oneof(fc.string(), fc.integer()),
        email: fc.oneof(fc.emailAddress(), fc.string()),
        phoneNumber: fc.constantFrom("+6421555123", "021", ""),
        action: fc.constantFrom("free", "a/b", "__proto__"),
        challengeId: fc.string(),
        deviceCode: fc.string(),
        custom: fc.jsonValue(),
        authenticationCredential: credential,
        registrationCredential: credential,
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  credential.map((value) => JSON.stringify(value)),
);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());

test("whatever is sent to the client API, it answers in JSON, a refusal with the key error, and never with 500", async () => {
  const { token } = await trackFree(world, "newt");
  const authorization = fc.oneof(
    { weight: 3, arbitrary: fc.constant(clientHeaders(token)["authorization"] ?? "") },
    { weight: 2, arbitrary: fc.constant(clientHeaders()["authorization"] ?? "") },
    { weight: 1, arbitrary: fc.constantFrom("Bearer", "Bearer a.b.c", "Basic !", "Digest x", "") },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ENDPOINTS), authorization, body, async (path, credentials, text) => {
      const answer = await fetch(`${world.standIn.url}/v1/client/${path}`, {
        method: "POST",
        headers: { authorization: credentials, "content-type": "application/json" },
        body: text,
      });
      const json = (await answer.json()) as Record<string, unknown>; // fails when it is not JSON
      expect(answer.status, path).toBeLessThan(500);
      expect("error" in json, path).toBe(answer.status >= 400);
    }),
    RUNS,
  );
});

test("whatever a link, a phone or a page is asked, it is never a 500", async () => {
  const { token } = await trackFree(world, "newt");
  const fields = fc.record(
    {
      token: fc.oneof(fc.constant(token), fc.string()),
      mode: fc.constantFrom("popup", "x"),
      method: fc.constantFrom("email", "sms", "whatsapp", "link", "app", "push", "qr", "passkey", "key", "x"),
      enrol: fc.constantFrom("email", "sms", "whatsapp", "link", "app", "push", "qr", "passkey", "key", "x"),
      email: fc.string(),
      phone: fc.string(),
      device: fc.string(),
      approval: fc.string(),
      credential: fc.oneof(
        fc.json(),
        credential.map((value) => JSON.stringify(value)),
      ),
      link: fc.string(),
      do: fc.constantFrom("approve", "deny", "scan", "agree", "x"),
      id: fc.string(),
      problem: fc.constantFrom("wrong", "__proto__", "denied"),
    },
    { requiredKeys: ["token"] },
  );
  const path = fc.constantFrom(
    "/challenge",
    "/challenge/check",
    "/challenge/status",
    "/challenge/webauthn",
    "/challenge/enrol/send",
    "/challenge/enrol/verify",
    "/challenge/enrol/webauthn",
    "/challenge/settings",
    "/challenge/settings/remove",
    "/challenge/offer",
    "/challenge/offer/skip",
    "/challenge/done",
    "/challenge/leave",
    "/magic",
    "/phone/scan",
    "/phone/a11ce000-5a11-4b0f-8000-000000000001",
    "/phone/%00",
  );
  await fc.assert(
    fc.asyncProperty(path, fields, async (where, typed) => {
      const text = new URLSearchParams(typed);
      for (const init of [{ method: "GET" }, { method: "POST", body: text }]) {
        const query = init.method === "GET" ? `?${text.toString()}` : "";
        const answer = await fetch(`${world.standIn.url}${where}${query}`, { ...init, redirect: "manual" });
        await answer.arrayBuffer();
        expect(answer.status, `${init.method} ${where}`).toBeLessThan(500);
      }
    }),
    RUNS,
  );
});
