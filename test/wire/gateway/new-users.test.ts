import { CognitoIdentityProviderClient, ListUsersCommand } from "@aws-sdk/client-cognito-identity-provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { atGateway, submitName, whoIs } from "../../support/own-sign-in.ts";
import { ALICE } from "../../support/users.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

const NEWCOMER = { ...ALICE, username: "grace@example.com", email: "grace@example.com" };

let world: WatchedWorld;
beforeAll(async () => {
  world = await startWatchedWorld({ signIn: "passwordless", vars: { SIGN_IN_NEW_USERS: "create" } });
  world.confide(world.cognito.admin.secretAccessKey);
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

async function users() {
  const client = new CognitoIdentityProviderClient({
    region: "us-east-1",
    endpoint: world.cognito.api,
    credentials: world.cognito.admin,
  });
  const { Users = [] } = await client.send(new ListUsersCommand({ UserPoolId: world.userPoolId }));
  client.destroy();
  return Users;
}

describe("an e-mail address that nobody has", () => {
  it("becomes a user, who is in once the code that went there came back, and stays one user", async () => {
    const before = await users();
    for (const isFirst of [true, false]) {
      // oxlint-disable-next-line no-await-in-loop
      const { browser, url } = await submitName(world, { username: NEWCOMER.email });
      expect(await whoIs(world, browser), String(isFirst)).toBeUndefined(); // oxlint-disable-line no-await-in-loop
      const { back } = await completeInUi(world, url, NEWCOMER); // oxlint-disable-line no-await-in-loop
      await browser.open(atGateway(world, back), world.authsignal.publicUrl); // oxlint-disable-line no-await-in-loop
      expect(await whoIs(world, browser)).toBe(NEWCOMER.email); // oxlint-disable-line no-await-in-loop
    }
    const created = (await users()).filter(({ Username }) => Username === NEWCOMER.email);
    expect([created.length, (await users()).length]).toEqual([1, before.length + 1]);
    expect(created[0]).toMatchObject({ UserStatus: "CONFIRMED", Enabled: true });
  });

  it("that somebody has leads to them, and makes nobody", async () => {
    const before = await users();
    const { browser, url } = await submitName(world, { username: ALICE.email });
    const { back } = await completeInUi(world, url, ALICE);
    await browser.open(atGateway(world, back), world.authsignal.publicUrl);
    expect([await whoIs(world, browser), await users()]).toEqual(["alice", before]);
  });

  it("looks like every other, and a name that is no address makes nobody", async () => {
    const before = await users();
    const plain = await submitName(world, { username: "heidi" });
    expect([new URL(plain.url).pathname, await users()]).toEqual(["/challenge", before]);
  });

  it("is not asked about when Cognito does not answer", async () => {
    world.cognito.setFault({ endpoint: "api:AdminCreateUser", kind: "rateLimit" });
    const { page } = await submitName(world, { username: "ivan@example.com" });
    world.cognito.setFault(undefined);
    expect([page.status, page.words.includes("sign_in_throttled")]).toEqual([429, true]);
  });
});
