import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleOf, buildLambdas, TRIGGERS } from "../../../workers/local/lambda/bundles.ts";
import { environment, MFA, PASSWORDLESS, type Stage, startStage } from "./stage.ts";

const MAX_BYTES = 300 * 1024;
const CALLS = 100;
const ALICE_SUB = "a11ce000-5a11-4b0f-8000-000000000001";
const NONCE = "00000000-0000-4000-8000-000000000001";

/** Calls a bundle's handler in a process of its own; gives the median time, with the first calls left out. */
const MEASURE = `
const [path, event, calls] = process.argv.slice(1);
console.log = () => {};
const { handler } = await import(path);
const times = [];
for (let i = 0; i < Number(calls) + 10; i += 1) {
  const startedMs = performance.now();
  await handler(JSON.parse(event)).catch(() => undefined);
  times.push(performance.now() - startedMs);
}
process.stdout.write(String(times.slice(10).sort((a, b) => a - b)[Math.floor(Number(calls) / 2)]));`;

describe("the bundles", () => {
  let stage: Stage;
  let bundles: Awaited<ReturnType<typeof buildLambdas>>;
  beforeAll(async () => {
    stage = await startStage();
    bundles = await buildLambdas();
  });
  afterAll(() => stage.close());

  it.each(TRIGGERS.map(({ name }) => name))("%s is small and needs nothing but Node", async (name) => {
    const bundle = bundles.find((one) => one.name === name);
    expect(bundle?.bytes).toBeLessThan(MAX_BYTES);
    expect(bundle?.imports.filter((from) => !isBuiltin(from))).toEqual([]);
    // What esbuild leaves where a module asks for another while it runs.
    expect(await readFile(bundleOf(name), "utf8")).not.toContain("Dynamic require of");
  });

  it("add little of their own to what Authsignal takes, warm", async () => {
    const common = { userName: "alice", version: "1", response: {} };
    const prepared = {
      challengeName: "CUSTOM_CHALLENGE",
      challengeResult: true,
      challengeMetadata: `sallyport:prepare:${NONCE}:0`,
    };
    const userAttributes = { sub: ALICE_SUB };
    const events = {
      "define-auth-challenge": {
        triggerSource: "DefineAuthChallenge_Authentication",
        request: { userAttributes, session: [prepared] },
      },
      "create-auth-challenge": {
        triggerSource: "CreateAuthChallenge_Authentication",
        request: { userAttributes, challengeName: "CUSTOM_CHALLENGE", session: [prepared] },
      },
      "verify-auth-challenge-response": {
        triggerSource: "VerifyAuthChallengeResponse_Authentication",
        request: {
          userAttributes,
          challengeAnswer: "not-a-token",
          privateChallengeParameters: {
            kind: "challenge",
            sub: ALICE_SUB,
            clientId: PASSWORDLESS,
            key: `${NONCE}-1`,
            starter: "x",
          },
        },
      },
    };
    const startedMs = performance.now();
    for (let call = 0; call < CALLS; call += 1) {
      // One after the other, as the handlers are called.
      // oxlint-disable-next-line no-await-in-loop
      await fetch(`${stage.authsignal.url}/v1/users/${ALICE_SUB}`).then((answer) => answer.text());
    }
    const bareMs = (performance.now() - startedMs) / CALLS;
    for (const [name, event] of Object.entries(events)) {
      const whole = { ...common, ...event, callerContext: { clientId: PASSWORDLESS } };
      // oxlint-disable-next-line no-await-in-loop
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          MEASURE,
          bundleOf(name as keyof typeof events), // its own keys
          JSON.stringify(whole),
          String(CALLS),
        ],
        { env: environment(stage.authsignal) },
      );
      expect(Number(stdout)).toBeGreaterThan(0);
      console.log(
        `${name}: ${Number(stdout).toFixed(2)} ms warm (a bare question to the stand-in: ${bareMs.toFixed(2)} ms)`,
      );
    }
  });

  it("give a client that is not theirs its event back as it came", async () => {
    const event = {
      version: "1",
      triggerSource: "PreSignUp_SignUp",
      userName: "eve",
      callerContext: { clientId: "somebody", awsSdkVersion: "x" },
      request: { userAttributes: {}, validationData: null },
      response: { autoConfirmUser: false, autoVerifyEmail: true, autoVerifyPhone: false },
    };
    const call = async (name: string, changes: object): Promise<unknown> => {
      const response = await fetch(`${stage.lambda.url}/2015-03-31/functions/${name}/invocations`, {
        method: "POST",
        body: JSON.stringify({ ...event, ...changes }),
      });
      return response.json();
    };
    expect(await call("pre-sign-up", {})).toEqual(event);
    const tokens = {
      triggerSource: "TokenGeneration_HostedAuth",
      version: "2",
      response: { claimsAndScopeOverrideDetails: null },
    };
    expect(await call("pre-token-generation", tokens)).toEqual({ ...event, ...tokens });
    const after = { triggerSource: "PostAuthentication_Authentication", response: {} };
    expect(await call("post-authentication", after)).toEqual({ ...event, ...after });
  });

  it("say nothing to the client about an event that they do not know", async () => {
    const response = await fetch(
      `${stage.lambda.url}/2015-03-31/functions/create-auth-challenge/invocations`,
      {
        method: "POST",
        body: JSON.stringify({ triggerSource: "Else", callerContext: { clientId: MFA } }),
      },
    );
    expect(await response.json()).toMatchObject({ errorType: "TriggerError", errorMessage: "internal" });
  });
});
