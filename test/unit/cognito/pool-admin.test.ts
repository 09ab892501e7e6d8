import { expect, test } from "vitest";
import { credentialsOf } from "../../../src/cognito/pool-admin-settings.ts";
import { poolOf } from "../../../src/cognito/pool-address.ts";

const KEY = "AKIA0";
const SECRET = "secret0";

test("credentials are both there or neither", () => {
  const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  expect(credentialsOf(none)).toEqual({ ok: true, value: undefined });
  expect(credentialsOf({ AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET })).toEqual({
    ok: true,
    value: { accessKeyId: KEY, secretAccessKey: SECRET },
  });
  expect(credentialsOf({ ...none, AWS_ACCESS_KEY_ID: KEY })).toMatchObject({
    error: { setting: "AWS_SECRET_ACCESS_KEY" },
  });
  expect(credentialsOf({ ...none, AWS_SECRET_ACCESS_KEY: SECRET })).toMatchObject({
    error: { setting: "AWS_ACCESS_KEY_ID" },
  });
});

test.each([
  ["https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool", "eu-west-1"],
  ["https://issuer-cognito-idp.us-east-1.amazonaws.com/ap-southeast-2_Pool", "ap-southeast-2"],
])("the pool behind %s is in %s", (issuer, region) => {
  expect(poolOf(issuer, undefined).apiUrl).toBe(`https://cognito-idp.${region}.amazonaws.com`);
  expect(poolOf(issuer, "https://api.example.com").apiUrl).toBe("https://api.example.com");
});
