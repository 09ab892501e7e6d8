import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send } from "../../support/http.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";
import { callApi } from "../local/cognito/pool.ts";

const PATH = "/.sallyport/contacts";
const ROUTE = {
  id: "contacts",
  match: { methods: ["POST"], path: PATH },
  require: "step-up",
  action: "write-contacts",
};

let world: WatchedWorld;
beforeAll(async () => {
  world = await startWatchedWorld({ signIn: "password-first" });
  world.confide(world.cognito.admin.secretAccessKey);
  // The repository's own.
  const bundled = JSON.parse(await readFile("policy.json", "utf8")) as { routes: object[] };
  await world.pushPolicy(JSON.stringify({ ...bundled, routes: [...bundled.routes, ROUTE] }));
});
beforeEach(async () => {
  await resetAuthsignal(world);
  await fetch(`${world.authsignal.url}/control/actions/write-contacts`, {
    method: "PUT",
    body: JSON.stringify({ defaultOutcome: "CHALLENGE" }),
  });
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

/** What Authsignal knows of alice from now on. */
async function authsignalSays(attributes: object): Promise<void> {
  const answer = await fetch(`${world.authsignal.url}/v1/users/${ALICE.sub}`, {
    method: "PATCH",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Basic ${btoa(`${world.authsignalSecret}:`)}`,
    },
    body: JSON.stringify(attributes),
  });
  expect(answer.status).toBe(200);
}

/** Asks as a program, passes the challenge by e-mail, and asks again with it. */
async function writeBack(token: string, body = "") {
  const headers = { ...bearer(token), ...(body === "" ? {} : { "Content-Type": "application/json" }) };
  const asked = await vi.waitFor(
    async () => {
      const answer = await send(world.gatewayUrl + PATH, { method: "POST", headers, body });
      expect(answer.status).toBe(401);
      return answer;
    },
    { timeout: 20_000, interval: 200 },
  );
  const { challenge } = JSON.parse(asked.text) as { challenge: { id: string; url: string } }; // README
  const passed = await completeInUi(world, challenge.url, ALICE);
  await send(`${world.gatewayUrl}/.sallyport/challenges/${challenge.id}`, {
    method: "POST",
    headers: { ...bearer(token), "Content-Type": "application/json" },
    body: JSON.stringify({ token: passed.token }),
  });
  return send(world.gatewayUrl + PATH, {
    method: "POST",
    headers: { ...headers, "Sallyport-Challenge": challenge.id },
    body,
  });
}

/** Alice's attributes as the pool has them. */
async function attributes(token: string): Promise<Record<string, string>> {
  const { body } = await callApi(world.cognito, "GetUser", { AccessToken: token });
  const list = body["UserAttributes"] as { Name: string; Value: string }[]; // the API's documented shape
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

describe("what Authsignal has verified", () => {
  it("becomes the pool's, as verified, after a step-up; and nothing that the request says", async () => {
    const token = await signInByPassword(world, ALICE);
    await authsignalSays({ phoneNumber: "+6421555123", phoneNumberVerified: true });
    const answer = await writeBack(token, JSON.stringify({ email: "mallory@example.com" }));
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { email: ALICE.email, phoneNumber: "+6421555123" },
    ]);
    expect(await attributes(token)).toMatchObject({
      email: ALICE.email,
      email_verified: "true",
      phone_number: "+6421555123",
      phone_number_verified: "true",
    });
    expect(recorded(world, "contacts_written")).toMatchObject([{ sub: ALICE.sub }]);
  });

  it("is all that is written: an address that was not proven stays out", async () => {
    const token = await signInByPassword(world, ALICE);
    await authsignalSays({ phoneNumber: "+6421555999", phoneNumberVerified: false });
    const answer = await writeBack(token);
    expect(JSON.parse(answer.text)).toEqual({ email: ALICE.email });
    expect(await attributes(token)).not.toMatchObject({ phone_number: "+6421555999" });
  });

  it("is not written without a step-up, whatever the rules allow", async () => {
    await fetch(`${world.authsignal.url}/control/actions/write-contacts`, {
      method: "PUT",
      body: JSON.stringify({ defaultOutcome: "ALLOW" }),
    });
    const headers = bearer(await signInByPassword(world, ALICE));
    const answer = await send(world.gatewayUrl + PATH, { method: "POST", headers });
    expect([answer.status, answer.text.includes("step_up_required")]).toEqual([403, true]);
  });

  it("that another user has already is refused, and Cognito failing is told", async () => {
    const token = await signInByPassword(world, ALICE);
    world.cognito.setFault({ endpoint: "api:AdminUpdateUserAttributes", kind: "status" });
    expect((await writeBack(token)).status).toBe(503);
    world.cognito.setFault(undefined);
    await authsignalSays({ email: "bob@example.com", emailVerified: true });
    const headers = { ...bearer(token) };
    const asked = await send(world.gatewayUrl + PATH, { method: "POST", headers });
    const { challenge } = JSON.parse(asked.text) as { challenge: { id: string; url: string } }; // README
    const passed = await completeInUi(world, challenge.url, { ...ALICE, email: "bob@example.com" });
    await send(`${world.gatewayUrl}/.sallyport/challenges/${challenge.id}`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ token: passed.token }),
    });
    const refused = await send(world.gatewayUrl + PATH, {
      method: "POST",
      headers: { ...headers, "Sallyport-Challenge": challenge.id },
    });
    expect([refused.status, refused.text.includes("not_permitted")]).toEqual([403, true]);
  });
});
