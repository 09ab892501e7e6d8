import { fc } from "../../../support/properties.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SECRET_KEY, seedUser, startWorld, steer, TENANT_ID } from "./harness.ts";
import type { World } from "./harness.ts";

const MANAGEMENT_KEY = "wire-test-management-key";
const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld({ managementSecretKey: MANAGEMENT_KEY });
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

async function manage(
  method: string,
  path: string,
  body?: unknown,
  key = MANAGEMENT_KEY,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${world.standIn.url}/v1/management${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${key}:`)}` },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const track = (action: string, attributes: object = {}) =>
  world.sdk.track({ userId: alice.sub, action, attributes });

describe("the key", () => {
  test("is its own: the server API's is forbidden here, a wrong one unauthorized, and this one there too", async () => {
    expect(await manage("GET", "/tenant", undefined, SECRET_KEY)).toMatchObject({ status: 403 });
    expect(await manage("GET", "/tenant", undefined, "wrong")).toMatchObject({
      status: 401,
      body: { error: "unauthorized" },
    });
    const headers = { authorization: `Basic ${btoa(`${MANAGEMENT_KEY}:`)}` };
    expect((await fetch(`${world.standIn.url}/v1/users/u`, { headers })).status).toBe(403);
  });
});

describe("action configurations", () => {
  test("are made, read, changed and deleted", async () => {
    const made = await manage("POST", "/action-configurations", {
      actionCode: "order",
      defaultUserActionResult: "CHALLENGE",
      verificationMethods: ["EMAIL_OTP", "PASSKEY"],
      promptToEnrollVerificationMethods: ["PASSKEY"],
      messagingTemplates: { EMAIL_OTP: { en: "Hello" } },
    });
    expect(made).toMatchObject({
      status: 200,
      body: {
        actionCode: "order",
        defaultUserActionResult: "CHALLENGE",
        tenantId: TENANT_ID,
        actionType: "CLASSIC",
        messagingTemplates: { EMAIL_OTP: { en: "Hello" } },
      },
    });
    expect(await track("order")).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      allowedVerificationMethods: ["EMAIL_OTP", "PASSKEY"],
    });
    expect(await manage("GET", "/action-configurations/order")).toMatchObject({
      body: { lastActionCreatedAt: expect.any(String) },
    });
    await manage("PATCH", "/action-configurations/order", { defaultUserActionResult: "BLOCK" });
    expect(await track("order")).toMatchObject({ state: "BLOCK" });
    expect(await manage("DELETE", "/action-configurations/order")).toEqual({
      status: 200,
      body: { success: true },
    });
    expect(await manage("GET", "/action-configurations/order")).toMatchObject({
      status: 404,
      body: { error: "not_found" },
    });
  });

  test("null clears, what is absent stays", async () => {
    const url = "http://127.0.0.1:9/hook";
    await manage("PATCH", "/action-configurations/transfer", { verificationWebhookUrl: url });
    await manage("PATCH", "/action-configurations/transfer", { defaultVerificationMethod: "EMAIL_OTP" });
    expect(await manage("GET", "/action-configurations/transfer")).toMatchObject({
      body: { verificationWebhookUrl: url, defaultVerificationMethod: "EMAIL_OTP" },
    });
    await manage("PATCH", "/action-configurations/transfer", { verificationWebhookUrl: null });
    const { body } = await manage("GET", "/action-configurations/transfer");
    expect(body).not.toHaveProperty("verificationWebhookUrl");
  });

  test("a second of one code, no methods, and a flow are refused", async () => {
    expect(await manage("POST", "/action-configurations", { actionCode: "transfer" })).toMatchObject({
      status: 409,
      body: { error: "already_exists" },
    });
    expect(
      await manage("PATCH", "/action-configurations/transfer", { verificationMethods: [] }),
    ).toMatchObject({ status: 400 });
    expect(
      await manage("POST", "/action-configurations", { actionCode: "f", actionType: "FLOW" }),
    ).toMatchObject({ status: 400 });
  });
});

describe("rules", () => {
  const rules = "/action-configurations/transfer/rules";
  const rule = {
    name: "From New Zealand",
    type: "REVIEW",
    priority: 7,
    isActive: true,
    conditions: { and: [{ in: [{ var: "ip.location.country.countryCode" }, ["NZ"]] }] },
  };

  test("are made, decide, are changed and deleted", async () => {
    const { body } = await manage("POST", rules, rule);
    expect(body).toMatchObject({ ...rule, actionCode: "transfer", tenantId: TENANT_ID });
    const { ruleId } = body as { ruleId: string }; // seen above to be a rule
    const attributes = { ipAddress: "198.51.100.7" };
    expect(await track("transfer", attributes)).toMatchObject({
      state: "REVIEW_REQUIRED",
      ruleIds: [ruleId],
    });
    await manage("PATCH", `${rules}/${ruleId}`, { isActive: false });
    expect(await track("transfer", attributes)).toMatchObject({ state: "ALLOW" });
    expect(await manage("GET", `${rules}/${ruleId}`)).toMatchObject({ body: { isActive: false } });
    expect(await manage("DELETE", `${rules}/${ruleId}`)).toMatchObject({ body: { success: true } });
    expect(await manage("GET", `${rules}/${ruleId}`)).toMatchObject({ status: 404 });
  });

  test.each([
    ["a priority that is taken", { ...rule, priority: 0 }],
    ["a priority beyond 99", { ...rule, priority: 100 }],
    ["no conditions", { name: "x", type: "BLOCK" }],
    ["an unknown operator", { ...rule, conditions: { eval: ["1"] } }],
    ["a list that does not exist", { ...rule, conditions: { in: [{ var: "custom.a" }, { list: "none" }] } }],
  ])("refuses %s", async (_name, body) => {
    expect(await manage("POST", rules, body)).toMatchObject({
      status: 400,
      body: { error: "invalid_request" },
    });
  });
});

describe("value lists", () => {
  test("are referred to by their alias, and a change holds at once", async () => {
    expect(
      await manage("POST", "/value-lists", { name: "Risky payees", valueListItems: ["Eve"] }),
    ).toMatchObject({ body: { alias: "risky-payees", itemType: "string", isActive: true } });
    const condition = { in: [{ var: "custom.payee" }, { list: "risky-payees" }] };
    const rules = "/action-configurations/transfer/rules";
    await manage("POST", rules, { name: "Risky", type: "BLOCK", priority: 5, conditions: condition });
    expect(await track("transfer", { custom: { payee: "Eve" } })).toMatchObject({ state: "BLOCK" });
    expect(await track("transfer", { custom: { payee: "Dora" } })).toMatchObject({ state: "ALLOW" });
    await manage("PATCH", "/value-lists/risky-payees", { valueListItems: ["Dora"] });
    expect(await track("transfer", { custom: { payee: "Dora" } })).toMatchObject({ state: "BLOCK" });
    await manage("DELETE", "/value-lists/risky-payees");
    expect(await track("transfer", { custom: { payee: "Dora" } })).toMatchObject({ state: "ALLOW" });
  });

  test("not in a list, and a list of numbers and of ranges", async () => {
    await manage("POST", "/value-lists", { name: "Good", itemType: "number", valueListItems: [1, 2] });
    await manage("POST", "/value-lists", { name: "Office", valueListItems: ["203.0.113.0/24"] });
    const put = (conditions: object) => steer(world, "PUT", "rules/probe/one", { type: "BLOCK", conditions });
    await put({ "!": [{ in: [{ var: "custom.n" }, { list: "good" }] }] });
    expect(await track("probe", { custom: { n: 3 } })).toMatchObject({ state: "BLOCK" });
    expect(await track("probe", { custom: { n: 2 } })).toMatchObject({ state: "ALLOW" });
    await put({ inCidr: [{ var: "ip.address" }, { list: "office" }] });
    expect(await track("probe", { ipAddress: "203.0.113.7" })).toMatchObject({ state: "BLOCK" });
    expect(await track("probe", { ipAddress: "198.51.100.7" })).toMatchObject({ state: "ALLOW" });
  });

  test("items of another type and a second of one alias are refused", async () => {
    const list = { name: "One", itemType: "number", valueListItems: ["x"] };
    expect(await manage("POST", "/value-lists", list)).toMatchObject({ status: 400 });
    await manage("POST", "/value-lists", { name: "One" });
    expect(await manage("POST", "/value-lists", { name: "one" })).toMatchObject({ status: 409 });
  });
});

test("custom data points are kept", async () => {
  const { body } = await manage("POST", "/custom-data-points", { name: "amount", dataType: "number" });
  const { id } = body as { id: string }; // a new one has an id
  expect(await manage("GET", `/custom-data-points/${id}`)).toMatchObject({
    body: { name: "amount", dataType: "number", modelType: "action", isPublic: false },
  });
  await manage("PATCH", `/custom-data-points/${id}`, { description: "In euros" });
  expect(await manage("GET", "/custom-data-points")).toMatchObject({ body: [{ description: "In euros" }] });
  expect(await manage("POST", "/custom-data-points", { name: "amount", dataType: "text" })).toMatchObject({
    status: 409,
  });
  expect(await manage("DELETE", `/custom-data-points/${id}`)).toMatchObject({ body: { success: true } });
});

describe("the tenant", () => {
  test("has a token duration that holds", async () => {
    expect(await manage("GET", "/tenant")).toMatchObject({ body: { tokenDurationInMinutes: 10 } });
    await manage("PATCH", "/tenant", { tokenDurationInMinutes: 30 });
    const { token } = await track("transfer");
    world.passTime(20);
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ state: "ALLOW" });
    world.passTime(11);
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ error: "expired_token" });
  });

  test("has a list of addresses that may call the server API", async () => {
    await manage("PATCH", "/tenant", { ipWhitelist: ["203.0.113.0/24"] });
    await expect(track("transfer")).rejects.toMatchObject({ statusCode: 403 });
    await manage("PATCH", "/tenant", { ipWhitelist: ["203.0.113.0/24", "127.0.0.0/8"] });
    expect(await track("transfer")).toMatchObject({ state: "ALLOW" });
    expect(await manage("PATCH", "/tenant", { ipWhitelist: ["all"] })).toMatchObject({ status: 400 });
  });

  test("says where events go", async () => {
    const config = {
      authenticatorEventsWebhookConfig: { url: "http://127.0.0.1:9/a", includeCredentialPublicKey: true },
      logEventsWebhookConfig: { endpointUrl: "http://127.0.0.1:9/l" },
    };
    await manage("PATCH", "/tenant", config);
    expect(await manage("GET", "/tenant")).toMatchObject({ body: config });
    await manage("PATCH", "/tenant", {
      authenticatorEventsWebhookConfig: null,
      logEventsWebhookConfig: null,
    });
    expect(await manage("GET", "/tenant")).toMatchObject({
      body: { authenticatorEventsWebhookConfig: null, logEventsWebhookConfig: null },
    });
  });
});

describe("authenticator configurations", () => {
  test("a method that is switched off or deleted is no longer the tenant's", async () => {
    await manage("PATCH", "/authenticator-configurations/sms", { isActive: false });
    const enrol = () =>
      world.sdk.enrollVerifiedAuthenticator({
        userId: "u",
        attributes: { verificationMethod: "SMS" as never, phoneNumber: "+6421000000" },
      });
    await expect(enrol()).rejects.toMatchObject({ statusCode: 400, errorCode: "invalid_request" });
    await manage("PATCH", "/authenticator-configurations/sms", { isActive: true, smsProvider: "TWILIO" });
    await enrol();
    expect(await manage("GET", "/authenticator-configurations/sms")).toMatchObject({
      body: { smsProvider: "TWILIO", verificationMethod: "SMS" },
    });
    expect(await manage("POST", "/authenticator-configurations/sms", {})).toMatchObject({
      status: 409,
      body: { error: "already_exists" },
    });
  });

  test("without any, track says so", async () => {
    const { body } = await manage("GET", "/authenticator-configurations");
    for (const { authenticatorId } of body as { authenticatorId: string }[]) {
      await manage("DELETE", `/authenticator-configurations/${authenticatorId}`);
    }
    await expect(track("transfer")).rejects.toMatchObject({
      statusCode: 400,
      errorCode: "AUTHENTICATOR_NOT_FOUND",
    });
  });
});

test("whatever is sent, it is a documented error and never a 500", async () => {
  const path = fc.constantFrom(
    "/action-configurations",
    "/action-configurations/transfer",
    "/action-configurations/transfer/rules",
    "/action-configurations/transfer/rules/large-transfer",
    "/value-lists",
    "/value-lists/x",
    "/custom-data-points",
    "/custom-data-points/x",
    "/tenant",
    "/authenticator-configurations/sms",
    "/authenticator-configurations/%00",
    "/action-configurations/__proto__/rules/constructor",
  );
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record(
      {
        name: fc.oneof(fc.string(), fc.jsonValue()),
        actionCode: fc.string(),
        conditions: fc.jsonValue(),
        valueListItems: fc.array(fc.jsonValue()),
        ipWhitelist: fc.array(fc.string()),
        type: fc.constantFrom("BLOCK", "x"),
        priority: fc.integer(),
        isActive: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("POST", "PATCH", "DELETE", "PUT"),
      path,
      body,
      async (method, where, sent) => {
        const answer = await manage(method, where, method === "DELETE" ? undefined : sent);
        expect(answer.status, `${method} ${where}`).toBeLessThan(500);
        if (answer.status >= 400) {
          expect(answer.body).toSatisfy((one: object) => "error" in one || "message" in one);
        }
      },
    ),
    { numRuns: 250 },
  );
});
