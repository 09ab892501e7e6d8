import { join } from "node:path";
import { Authsignal, AuthsignalError, UserActionState, VerificationMethod } from "@authsignal/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAuthsignal } from "../../../../workers/local/authsignal/start.ts";
import type { AuthsignalStandIn } from "../../../../workers/local/authsignal/start.ts";

const SEED_FILE = join(import.meta.dirname, "../../../../examples/sdk-suite.authsignal.json");
const SECRET_KEY = "suite-secret";

let standIn: AuthsignalStandIn;
let sdk: Authsignal;
beforeAll(async () => {
  standIn = await startAuthsignal({
    port: 0,
    secretKey: SECRET_KEY,
    tenantId: "suite",
    users: [],
    seedFile: SEED_FILE,
  });
  sdk = new Authsignal({ apiSecretKey: SECRET_KEY, apiUrl: `${standIn.url}/v1` });
});
afterAll(() => standIn.close());

/** What the suite in the repository of `@authsignal/node` needs of its tenant (docs/local-world.md). */
describe("the tenant of examples/sdk-suite.authsignal.json", () => {
  test("challenges Login for whoever has an authenticator, and the action can be moved to review", async () => {
    const userId = "new-user";
    await sdk.enrollVerifiedAuthenticator({
      userId,
      attributes: { verificationMethod: VerificationMethod.SMS, phoneNumber: "+64270000000" },
    });
    const tracked = await sdk.track({ userId, action: "Login", attributes: {} });
    expect(tracked.state).toBe(UserActionState.CHALLENGE_REQUIRED);
    expect(await sdk.validateChallenge({ token: tracked.token })).toMatchObject({
      isValid: false,
      state: UserActionState.CHALLENGE_REQUIRED,
      userId,
      action: "Login",
    });
    const named = { userId, action: "Login", idempotencyKey: tracked.idempotencyKey };
    await sdk.updateAction({ ...named, attributes: { state: UserActionState.REVIEW_REQUIRED } });
    expect(await sdk.getAction(named)).toMatchObject({ state: UserActionState.REVIEW_REQUIRED });
  });

  test("has the suite's user, with an authenticator", async () => {
    const list = await sdk.getAuthenticators({ userId: "b60429a1-6288-43dc-80c0-6a3e73dd51b9" });
    expect(list).toHaveLength(1);
  });

  test("refuses another key with the message that the suite compares", async () => {
    const stranger = new Authsignal({ apiSecretKey: "invalid_secret", apiUrl: `${standIn.url}/v1` });
    const refused: unknown = await stranger.getUser({ userId: "u" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AuthsignalError);
    expect(String(refused)).toContain(
      "401 - The request is unauthorized. Check that your API key and region base URL are correctly configured.",
    );
  });
});
