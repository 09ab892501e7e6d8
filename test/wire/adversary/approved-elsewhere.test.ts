import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ELSEWHERE, askBy, pollForApproval } from "../../support/elsewhere.ts";
import { arrivals, GATEWAY_HOST, postTransfer, signInPerson, type Person } from "../../support/person.ts";
import {
  bringToken,
  problemOf,
  refusalOf,
  repeated,
  SMALL,
  startChallenge,
  transferBy,
} from "../../support/program.ts";
import { signInByPassword } from "../../support/sign-in.ts";
import { ALICE } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

let world: WatchedWorld;
let alice: string;
beforeAll(async () => {
  world = await startWatchedWorld();
  alice = await signInByPassword(world, ALICE);
});
beforeEach(async () => {
  await resetAuthsignal(world);
  await fetch(`${world.originUrl}/_log`, { method: "DELETE" });
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

const transfers = () => arrivals(world, "POST", "/transfer");

/**
 * What a thief of a session can do without any device of the victim's: start a challenge, have the victim's phone or
 * mailbox asked, and wait. Authsignal gives the token that completes the challenge to whoever polls with the first one.
 */
describe.each(ELSEWHERE)("a challenge that is approved by %s on the victim's own device", (method) => {
  beforeEach(() => askBy(world, ALICE, method));

  it("is not completed by the program that started it and polled", async () => {
    const challenge = await startChallenge(world, alice, SMALL);
    const result = await pollForApproval(world, challenge.token, ALICE, method);
    const brought = await bringToken(challenge, alice, result);
    expect(refusalOf(brought)).toEqual([403, "challenge_refused"]);
    expect(problemOf(brought).detail).toBe("What is approved on another device does not count here.");
    expect(refusalOf(await transferBy(world, alice, SMALL, repeated(challenge)))).toEqual([
      410,
      "challenge_ended",
    ]);
    expect(recorded(world, "refused")).toContainEqual(
      expect.objectContaining({ challenge: challenge.id, reason: "wrong_method" }),
    );
    expect(transfers()).toEqual([]);
  });

  it("is not completed by the browser that started it and polled", async () => {
    const victim = await signInPerson(world, ALICE);
    const thief: Person = await signInPerson(world, ALICE);
    for (const pair of victim.browser.cookieHeader(GATEWAY_HOST).split("; ")) {
      const at = pair.indexOf("=");
      thief.browser.setCookie(GATEWAY_HOST, pair.slice(0, at), pair.slice(at + 1));
    }
    const approval = await postTransfer(thief, { payee: "Marina", amount: "50" });
    const token = new URL(approval.refresh ?? "").searchParams.get("token") ?? "";
    const result = await pollForApproval(world, token, ALICE, method);
    const after = await thief.browser.open(`${approval.url.href}/return?token=${result}`);
    expect(after.words).toContain("nothing was done");
    expect(after.text).not.toContain("sallyport-ticket");
    expect((await thief.browser.open(approval.url)).text).not.toContain("sallyport-ticket");
    expect(transfers()).toEqual([]);
  });
});

describe("a route that names such a method", () => {
  let accepting: WatchedWorld;
  let folder: string;
  beforeAll(async () => {
    const policy = JSON.parse(readFileSync("policy.json", "utf8")) as {
      routes: { id: string; methods?: string[] }[]; // the bundled policy
    };
    const route = policy.routes.find(({ id }) => id === "transfer");
    Object.assign(route ?? {}, { methods: ["PUSH"] });
    folder = await mkdtemp(join(tmpdir(), "sallyport-test-"));
    await writeFile(join(folder, "policy.json"), JSON.stringify(policy));
    accepting = await startWatchedWorld({ policyFile: join(folder, "policy.json") });
  });
  afterAll(async () => {
    await accepting.close();
    await rm(folder, { recursive: true });
  });

  it("takes it: its author has decided", async () => {
    await askBy(accepting, ALICE, "PUSH");
    const token = await signInByPassword(accepting, ALICE);
    const challenge = await startChallenge(accepting, token, SMALL);
    const result = await pollForApproval(accepting, challenge.token, ALICE, "PUSH");
    expect(JSON.parse((await bringToken(challenge, token, result)).text)).toMatchObject({
      state: "succeeded",
    });
    expect((await transferBy(accepting, token, SMALL, repeated(challenge))).status).toBe(201);
  });
});
