import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TRIGGER_CLIENTS } from "../../../workers/local/lambda/local-triggers.ts";
import { worldAsJson } from "../../../workers/local/report.ts";
import { startWorld, type World } from "../../../workers/local/world.ts";
import { ALICE, NEWT } from "../../support/users.ts";
import { Attempt, signInWithPassword } from "../triggers/attempt.ts";
import { approveByEmail } from "../triggers/stage.ts";

describe("npm start -- --triggers", () => {
  let folder: string;
  let world: World;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "world-"));
    world = await startWorld({ port: 0, triggers: true, stateFolder: folder });
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const whoAmI = async (accessToken: string | undefined): Promise<unknown> => {
    const response = await fetch(`${world.gatewayUrl}/.sallyport/session`, {
      headers: { Authorization: `Bearer ${accessToken ?? ""}` },
    });
    return response.json();
  };

  it("says where the triggers are and who signs in through them", () => {
    expect(JSON.parse(worldAsJson(world))).toMatchObject({
      triggers: { url: world.triggers?.url, clients: TRIGGER_CLIENTS },
    });
  });

  it("signs people in without a password, and the gateway knows them", async () => {
    const alice = new Attempt(world.cognito, TRIGGER_CLIENTS.passwordless, "alice");
    const { asked } = await alice.begin();
    const token = await approveByEmail(world, asked["token"] ?? "", ALICE.email);
    const { accessToken } = await alice.answer(token, { token, ticket: asked["ticket"] ?? "" });
    expect(await whoAmI(accessToken)).toMatchObject({ sub: ALICE.sub });
  });

  it("asks for a password first at the other client", async () => {
    const standing = await signInWithPassword(
      world.cognito,
      TRIGGER_CLIENTS.passwordFirst,
      ALICE,
      async (asked) =>
        asked["step"] === "prepare"
          ? { answer: "ready" }
          : { answer: await approveByEmail(world, asked["token"] ?? "", ALICE.email) },
    );
    expect(await whoAmI(standing.accessToken)).toMatchObject({ sub: ALICE.sub });
  });

  it("leaves managed sign-in's own client as it is", async () => {
    const answer = await fetch(world.cognito.api, {
      method: "POST",
      headers: { "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth" },
      body: JSON.stringify({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: world.clientId,
        AuthParameters: { USERNAME: NEWT.username, PASSWORD: NEWT.password },
      }),
    });
    expect(answer.status).toBe(200);
  });

  it("a world that is started again without them calls none", async () => {
    await world.close();
    world = await startWorld({ port: 0, stateFolder: folder });
    expect(world.triggers).toBeUndefined();
    const control = await fetch(`${world.cognito.domain}/control/triggers`);
    expect(await control.json()).toEqual({ timeoutMs: 5_000 });
  });
});
