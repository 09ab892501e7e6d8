import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  attachTriggers,
  CLIENT_MEMBERS,
  detachTriggers,
  openClient,
  POOL_MEMBERS,
  restoreInput,
  TRIGGER_NAMES,
} from "../../../src/cli/cognito-input.ts";

const MODELS = "node_modules/@aws-sdk/client-cognito-identity-provider/dist-types/models";
const ARN = "arn:aws:lambda:us-east-1:111122223333:function:sallyport-";
const OUTPUTS = TRIGGER_NAMES.map((name) => ({ OutputKey: name, OutputValue: ARN + name, Description: "" }));
const OTHER = "arn:aws:lambda:us-east-1:111122223333:function:theirs";
const POOL = {
  UserPool: {
    Id: "us-east-1_Example01",
    Name: "people",
    Arn: "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_Example01",
    Status: "Enabled",
    CreationDate: "2024-01-01T00:00:00Z",
    EstimatedNumberOfUsers: 7,
    SchemaAttributes: [],
    Domain: "people",
    UsernameAttributes: ["email"],
    MfaConfiguration: "OPTIONAL",
    LambdaConfig: { CustomMessage: OTHER },
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true, UnusedAccountValidityDays: 7 },
    Policies: { PasswordPolicy: { MinimumLength: 12, TemporaryPasswordValidityDays: 7 } },
    UserPoolTier: "ESSENTIALS",
  },
};
const CLIENT = {
  UserPoolClient: {
    UserPoolId: "us-east-1_Example01",
    ClientId: "abc",
    ClientSecret: "not for an update",
    CreationDate: "2024-01-01T00:00:00Z",
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    CallbackURLs: ["https://app.example.com"],
    IdTokenValidity: 5,
  },
};

/** The members of a request in the AWS SDK's own types. */
function membersOf(name: string): string[] {
  const models = readdirSync(MODELS).map((file) => readFileSync(`${MODELS}/${file}`, "utf8"));
  const [, body = ""] = new RegExp(`export interface ${name} \\{([^]*?)\\n\\}`).exec(models.join("\n")) ?? [];
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member = ""]) => member);
}

describe("the input that goes back to Cognito", () => {
  it("says everything again that an update would reset: the lists are the AWS SDK's", () => {
    expect(["UserPoolId", "PoolName", ...POOL_MEMBERS].toSorted()).toEqual(
      membersOf("UpdateUserPoolRequest").toSorted(),
    );
    expect(CLIENT_MEMBERS.toSorted()).toEqual(membersOf("UpdateUserPoolClientRequest").toSorted());
  });

  it("keeps a pool as it is, without what an update does not take", () => {
    expect(restoreInput(POOL)).toEqual({
      UserPoolId: "us-east-1_Example01",
      PoolName: "people",
      MfaConfiguration: "OPTIONAL",
      LambdaConfig: { CustomMessage: OTHER },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      Policies: { PasswordPolicy: { MinimumLength: 12, TemporaryPasswordValidityDays: 7 } },
      UserPoolTier: "ESSENTIALS",
    });
  });

  it("adds the functions beside what is there, PreTokenGeneration in version 2", () => {
    const { LambdaConfig, ...rest } = attachTriggers(POOL, OUTPUTS, []);
    expect(LambdaConfig).toEqual({
      CustomMessage: OTHER,
      ...Object.fromEntries(TRIGGER_NAMES.map((name) => [name, ARN + name])),
      PreTokenGenerationConfig: { LambdaVersion: "V2_0", LambdaArn: `${ARN}PreTokenGeneration` },
    });
    expect(rest).toMatchObject({ MfaConfiguration: "OPTIONAL", UserPoolId: "us-east-1_Example01" });
  });

  it("takes no trigger away from somebody, unless it is left out", () => {
    const taken = { UserPool: { ...POOL.UserPool, LambdaConfig: { PreSignUp: OTHER } } };
    expect(() => attachTriggers(taken, OUTPUTS, [])).toThrow(
      /PreSignUp trigger already.*--leave-out PreSignUp/,
    );
    expect(attachTriggers(taken, OUTPUTS, ["PreSignUp"])["LambdaConfig"]).toMatchObject({ PreSignUp: OTHER });
    const versioned = { PreTokenGenerationConfig: { LambdaVersion: "V1_0", LambdaArn: OTHER } };
    expect(() =>
      attachTriggers({ UserPool: { ...POOL.UserPool, LambdaConfig: versioned } }, OUTPUTS, []),
    ).toThrow(/PreTokenGeneration trigger already/);
    expect(() => attachTriggers(POOL, OUTPUTS, ["PreSignup"])).toThrow(/no such trigger/);
  });

  it("attaching twice is attaching once, and taking off leaves what was there", () => {
    const attached = { UserPool: { ...POOL.UserPool, ...attachTriggers(POOL, OUTPUTS, []) } };
    expect(attachTriggers(attached, OUTPUTS, [])).toEqual(attachTriggers(POOL, OUTPUTS, []));
    expect(detachTriggers(attached, OUTPUTS)).toEqual(restoreInput(POOL));
  });

  it("opens an app client for custom flows alone, and keeps the rest of it", () => {
    expect(openClient(CLIENT)).toEqual({
      UserPoolId: "us-east-1_Example01",
      ClientId: "abc",
      ExplicitAuthFlows: ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      PreventUserExistenceErrors: "ENABLED",
      CallbackURLs: ["https://app.example.com"],
      IdTokenValidity: 5,
    });
    const RefreshTokenRotation = { Feature: "ENABLED" };
    const rotating = { UserPoolClient: { ...CLIENT.UserPoolClient, RefreshTokenRotation } };
    expect(openClient(rotating)["ExplicitAuthFlows"]).toEqual(["ALLOW_CUSTOM_AUTH"]);
  });

  it.each([
    ["nothing", () => restoreInput({})],
    ["a client for a pool", () => attachTriggers(CLIENT, OUTPUTS, [])],
    ["no outputs", () => attachTriggers(POOL, [], [])],
    ["the outputs of another stack", () => attachTriggers(POOL, [{ OutputKey: "x", OutputValue: "y" }], [])],
  ])("says what is wrong with %s", (_, act) => {
    expect(act).toThrow(/Give|name no/);
  });
});
