import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FAILURES, startBrokenWorld, type BrokenWorld } from "../../support/broken-ledger.ts";

const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    {
      id: "transfer",
      match: { methods: ["POST"], path: "/transfer" },
      require: "step-up",
      action: "transfer",
      unenrolled: "enroll",
    },
  ],
  reactions: [],
};

/** An `action.verify` as Authsignal sends it (authsignal.md 6.3). */
async function verify(
  { webhooksUrl, secret }: BrokenWorld,
  action: string,
  userId: string,
): Promise<readonly [number, unknown]> {
  const body = JSON.stringify({
    version: 1,
    id: randomUUID(),
    source: "https://authsignal.com",
    time: new Date().toISOString(),
    tenantId: "tenant-1",
    type: "action.verify",
    data: {
      userId,
      action,
      idempotencyKey: randomUUID(),
      verifiedAt: new Date().toISOString(),
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "EMAIL_OTP",
    },
  });
  const t = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", secret).update(`${t}.${body}`).digest("base64").replace("=", "");
  const response = await fetch(webhooksUrl, {
    method: "POST",
    headers: { "content-type": "application/json", "x-signature-v2": `t=${t},v2=${mac}` },
    body,
  });
  return [response.status, Reflect.get(Object(await response.json()), "code")];
}

describe.each([
  ["unset", {}, [403, "challenge_refused"]],
  ["accept", { ACTION_VERIFY_ON_FAILURE: "accept" }, [200, undefined]],
] as const)("action.verify with ACTION_VERIFY_ON_FAILURE %s", (_, vars, expected) => {
  let world: BrokenWorld;
  beforeAll(async () => {
    world = await startBrokenWorld({ policy: POLICY, vars });
  });
  afterAll(() => world.close());

  it.each(Object.entries(FAILURES))("is answered while the ledger %s", async (_, first) => {
    const userId = `${first}${randomUUID().slice(1)}`;
    // Twice: what is broken by the first question does not decide the second.
    expect(await verify(world, "transfer", userId)).toEqual(expected);
    expect(await verify(world, "transfer", userId)).toEqual(expected);
    const recorded = () =>
      world.log.filter((line) => line.includes(userId) && line.includes("the ledger did not answer"));
    await vi.waitFor(() => expect(recorded()).toHaveLength(2), { timeout: 10_000, interval: 20 });
    // A sign-in needs no ledger.
    expect(await verify(world, "cognitoAuth", userId)).toEqual([200, undefined]);
  });
});
