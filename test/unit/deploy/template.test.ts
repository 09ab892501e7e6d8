import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { TRIGGER_NAMES } from "../../../src/cli/cognito-input.ts";
import { TRIGGERS } from "../../../workers/local/lambda/bundles.ts";

/** CloudFormation's short forms, as `{tag, value}`. */
const customTags = ["!Ref", "!Sub", "!GetAtt"].map((tag) => ({
  tag,
  resolve: (value: string) => ({ tag, value }),
}));
const listTags = ["!If", "!Not", "!Equals"].map((tag) => ({
  tag,
  collection: "seq" as const,
  resolve: (value: unknown) => value,
}));

const short = z.object({ tag: z.string(), value: z.string() });
const template = z
  .object({
    Parameters: z.record(
      z.string(),
      z.object({ Type: z.string(), Default: z.unknown(), AllowedValues: z.unknown() }).partial(),
    ),
    Globals: z.object({ Function: z.record(z.string(), z.unknown()) }),
    Resources: z.record(
      z.string(),
      z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }),
    ),
    Outputs: z.record(z.string(), z.object({ Value: short })),
  })
  .parse(parse(readFileSync("deploy/template.yaml", "utf8"), { customTags: [...customTags, ...listTags] }));
const { Resources: resources } = template;

const nameOf = (bundle: string): string =>
  TRIGGER_NAMES[TRIGGERS.findIndex(({ name }) => name === bundle)] ?? "";

describe("deploy/template.yaml", () => {
  it("runs on the Node versions that the bundles are made for, no longer than Cognito waits", () => {
    expect(template.Parameters["Runtime"]?.AllowedValues).toEqual(["nodejs22.x", "nodejs24.x"]);
    expect(template.Globals.Function).toMatchObject({ Timeout: 5, Handler: "index.handler" });
  });

  it("asks for every value that it has no default for, and reads the clients from where JSON survives", () => {
    const required = Object.entries(template.Parameters).filter(([, { Default }]) => Default === undefined);
    expect(required.map(([name]) => name)).toEqual(["UserPoolArn", "SecretArn", "SecretVersionId"]);
    expect(template.Parameters["SignInClients"]?.Type).toBe("AWS::SSM::Parameter::Value<String>");
  });

  it("names its outputs as the pool's LambdaConfig does", () => {
    expect(Object.keys(template.Outputs)).toEqual([...TRIGGER_NAMES]);
  });

  describe.each(TRIGGERS.map(({ name, asksAuthsignal }) => [name, asksAuthsignal] as const))(
    "%s",
    (bundle, asksAuthsignal) => {
      const name = nameOf(bundle);
      const part = (suffix: string): Readonly<Record<string, unknown>> =>
        resources[name + suffix]?.Properties ?? {};

      it("is the bundle of its name", () => {
        expect(part("")).toMatchObject({ CodeUri: `../dist/lambda/${bundle}/` });
      });

      it(asksAuthsignal ? "holds the secrets, by reference" : "holds no secret", () => {
        const variables = Object(part("")["Environment"]).Variables ?? {};
        const names = Object.keys(variables).filter((variable) => variable.includes("SECRET"));
        expect(names).toEqual(asksAuthsignal ? ["AUTHSIGNAL_SECRET", "SIGN_IN_SECRET"] : []);
        for (const variable of names) {
          expect(variables[variable].value).toMatch(
            /^\{\{resolve:secretsmanager:\$\{SecretArn\}:SecretString:\w+::\$\{SecretVersionId\}\}\}$/,
          );
        }
      });

      it("may write its own log and do nothing else", () => {
        const { Policies: policies, ManagedPolicyArns: managed } = part("Role");
        expect(managed).toBeUndefined();
        expect(policies).toEqual([
          {
            PolicyName: "own-log",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                  Resource: { tag: "!GetAtt", value: `${name}Log.Arn` },
                },
              ],
            },
          },
        ]);
        expect(part("")["Role"]).toEqual({ tag: "!GetAtt", value: `${name}Role.Arn` });
        expect(part("Log")["LogGroupName"]).toEqual({
          tag: "!Sub",
          value: `/aws/lambda/\${AWS::StackName}-${bundle}`,
        });
      });

      it("may be called by this pool and nobody else", () => {
        expect(part("Permission")).toEqual({
          FunctionName: { tag: "!Ref", value: name },
          Action: "lambda:InvokeFunction",
          Principal: "cognito-idp.amazonaws.com",
          SourceArn: { tag: "!Ref", value: "UserPoolArn" },
          SourceAccount: { tag: "!Ref", value: "AWS::AccountId" },
        });
      });
    },
  );

  it("has nothing besides", () => {
    const parts = ["", "Log", "Role", "Permission"];
    expect(Object.keys(resources).toSorted()).toEqual(
      TRIGGER_NAMES.flatMap((name) => parts.map((part) => name + part)).toSorted(),
    );
  });
});
