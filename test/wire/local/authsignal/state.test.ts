import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VerificationMethod } from "@authsignal/node";
import type { AuthsignalError } from "@authsignal/node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newestCode, seedUser, startWorld, steer, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";
import { Receiver } from "./receiver.ts";

const alice = seedUser("alice");

let folder: string;
const open: World[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "authsignal-state-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((world) => world.standIn.close()));
  await rm(folder, { recursive: true });
});

async function start(options: Parameters<typeof startWorld>[0] = {}): Promise<World> {
  const world = await startWorld({ stateFolder: folder, ...options });
  open.push(world);
  return world;
}

async function restart(world: World, options: Parameters<typeof startWorld>[0] = {}): Promise<World> {
  await world.standIn.close();
  open.splice(open.indexOf(world), 1);
  const next = await start({ port: Number(new URL(world.standIn.url).port), ...options });
  // Both clients still hold connections to the one that ended; each finds out once.
  await vi.waitFor(() => steer(next, "GET", "clock"));
  await vi.waitFor(() =>
    next.sdk.getUser({ userId: "u" }).catch((error: AuthsignalError) => expect(error.statusCode).toBe(401)),
  );
  return next;
}

describe("a restart", () => {
  test("keeps users, authenticators, actions, tokens, rules and messages", async () => {
    const before = await start();
    await before.sdk.enrollVerifiedAuthenticator({
      userId: "someone",
      attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email: "s@example.com" },
    });
    const { token, idempotencyKey } = await trackTransfer(before, "alice", 1500);
    await before.sdk.challenge({ userId: alice.sub });
    await steer(before, "PUT", "rules/transfer/large-transfer", {
      conditions: { ">": [{ var: "custom.amount" }, 10] },
    });
    const code = await newestCode(before, alice.email);
    const after = await restart(before);
    expect(await after.sdk.getAuthenticators({ userId: "someone" })).toHaveLength(1);
    expect(await after.sdk.validateChallenge({ token })).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      idempotencyKey,
    });
    expect(await trackTransfer(after, "alice", 11)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    expect(await newestCode(after, alice.email)).toBe(code);
  });

  test("keeps started challenges, sessions and their keys", async () => {
    const before = await start();
    const one = await before.sdk.challenge({ userId: alice.sub });
    const verificationCode = await newestCode(before, alice.email);
    const between = await restart(before);
    await between.sdk.verify({ challengeId: one.challengeId, verificationCode });
    const { token } = await between.sdk.claimChallenge({ challengeId: one.challengeId, userId: alice.sub });
    const { accessToken } = await between.sdk.createSession({ clientId: "local-app", token });
    const after = await restart(between);
    expect(await after.sdk.validateSession({ accessToken })).toMatchObject({ user: { userId: alice.sub } });
  });

  test("keeps rotated keys, unless it begins with another one", async () => {
    const before = await start();
    before.standIn.rotateSecretKey("rotated");
    const after = await restart(before);
    expect(await steer(after, "POST", "keys/retire")).toEqual({ activeKeys: 1 });
    await expect(after.sdk.getUser({ userId: "u" })).rejects.toMatchObject({ statusCode: 401 });
    const other = await restart(after, { secretKey: "wire-test-secret-key", previousSecretKey: "brand-new" });
    expect(await other.sdk.getUser({ userId: "u" })).toBeDefined();
  });

  test("keeps switches, the clock, and what was not delivered yet", async () => {
    const receiver = new Receiver();
    await receiver.start();
    receiver.answers = [500, 200];
    const options = { webhookUrl: receiver.url("/hook"), webhookRetryDelayMs: 100 };
    const before = await start(options);
    await steer(before, "PATCH", "switches", { fixedCode: "121212" });
    await steer(before, "PUT", "clock", { shiftMs: 60_000 });
    const [authenticator] = await before.sdk.getAuthenticators({ userId: alice.sub });
    await before.sdk.deleteAuthenticator({
      userId: alice.sub,
      userAuthenticatorId: authenticator?.userAuthenticatorId ?? "",
    });
    await vi.waitFor(async () =>
      expect(await steer(before, "GET", "deliveries")).toMatchObject([{ state: "waiting" }]),
    );
    const after = await restart(before, options);
    expect(await steer(after, "GET", "switches")).toMatchObject({ fixedCode: "121212" });
    expect(await steer(after, "GET", "clock")).toMatchObject({ shiftMs: 60_000 });
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
    receiver.stop();
  });

  test("after a reset has nothing but the seed", async () => {
    const before = await start();
    await before.sdk.updateUser({ userId: "someone", attributes: { username: "someone" } });
    await steer(before, "POST", "reset");
    const after = await restart(before);
    expect(await after.sdk.queryUsers({ username: "someone" })).toEqual({ users: [] });
    expect(await after.sdk.queryUsers({ username: "alice" })).toMatchObject({
      users: [{ userId: alice.sub }],
    });
  });
});

describe("the file", () => {
  test("is written while it runs, in one piece, for its owner only", async () => {
    const world = await start();
    await world.sdk.updateUser({ userId: "someone", attributes: { username: "someone" } });
    await vi.waitFor(async () => expect(await readdir(folder)).toEqual(["authsignal.json"]), 3_000);
    expect((await stat(join(folder, "authsignal.json"))).mode & 0o777).toBe(0o600);
  });

  test("that is no such file stops the start with a sentence", async () => {
    await writeFile(join(folder, "authsignal.json"), "{");
    await expect(start()).rejects.toThrow("Delete it to begin anew");
  });
});

describe("a seed file", () => {
  const seed = async (content: unknown): Promise<string> => {
    const file = join(folder, "seed.json");
    await writeFile(file, JSON.stringify(content));
    return file;
  };

  test("brings its own users, actions, lists and ranges", async () => {
    const seedFile = await seed({
      users: [
        {
          username: "zoe",
          password: "-",
          sub: "zoe-sub",
          email: "zoe@example.com",
          name: "Zoe",
          authenticators: ["EMAIL_OTP"],
        },
      ],
      actions: [
        {
          actionCode: "order",
          rules: [
            {
              ruleId: "risky",
              name: "Risky",
              priority: 0,
              type: "BLOCK",
              conditions: { in: [{ var: "ip.countryCode" }, { list: "countries" }] },
            },
          ],
        },
      ],
      valueLists: [{ alias: "countries", name: "Countries", valueListItems: ["FR"] }],
      ipRanges: [{ cidr: "203.0.113.0/24", countryCode: "FR" }],
      appClients: [{ clientId: "shop" }],
    });
    const world = await start({ seedFile });
    const track = (ipAddress: string) =>
      world.sdk.track({ userId: "zoe-sub", action: "order", attributes: { ipAddress } });
    expect(await track("203.0.113.1")).toMatchObject({ state: "BLOCK" });
    expect(await track("198.51.100.1")).toMatchObject({ state: "ALLOW" });
    expect(await world.sdk.queryUsers({ username: "alice" })).toEqual({ users: [] });
    await steer(world, "POST", "reset");
    expect(await track("203.0.113.1")).toMatchObject({ state: "BLOCK" });
  });

  test.each([
    [{ actions: [{ actionCode: "a b" }] }, "actions.0.actionCode"],
    [{ ipRanges: [{ cidr: "all" }] }, "ipRanges.0.cidr"],
    [
      {
        actions: [
          {
            actionCode: "a",
            rules: [{ ruleId: "r", name: "r", priority: 0, type: "BLOCK", conditions: { x: 1 } }],
          },
        ],
      },
      "rule r",
    ],
  ])("%j is refused where it is wrong", async (content, where) => {
    await expect(start({ seedFile: await seed(content) })).rejects.toThrow(where);
  });

  test("that is not there is refused by name", async () => {
    await expect(start({ seedFile: join(folder, "none.json") })).rejects.toThrow("none.json");
  });
});
