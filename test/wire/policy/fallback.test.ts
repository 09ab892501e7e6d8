import { afterEach, describe, expect, it, vi } from "vitest";
import { send } from "../../support/http.ts";
import { arrivals } from "../../support/person.ts";
import { refusalOf } from "../../support/program.ts";
import { recorded, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

/** Everything is open in it, and it is not a policy: there is no `default`. */
const BAD = JSON.stringify({
  version: 1,
  routes: [{ id: "all", match: { path: "/*" }, require: "nothing" }],
});
const GOOD = JSON.stringify({ version: 1, default: { require: "deny" }, routes: [], reactions: [] });
/** An isolate reads again every five seconds, when it is asked for something. */
const REREAD_MS = 20_000;

let world: WatchedWorld;
afterEach(() => world.close());

/** A gateway whose first request meets a pushed policy that cannot be used. */
async function startWithBadPolicy(vars: Readonly<Record<string, string>>): Promise<void> {
  world = await startWatchedWorld({ asBundled: true, vars });
  await world.pushPolicy(BAD);
}

const get = (path: string) => send(world.gatewayUrl + path);
const transfer = () => send(`${world.gatewayUrl}/transfer`, { method: "POST" });

async function untilReread(refusal: readonly [number, string]): Promise<void> {
  await vi.waitFor(async () => expect(refusalOf(await get("/healthz"))).toEqual(refusal), {
    timeout: REREAD_MS,
    interval: 250,
  });
}

describe("where an isolate starts and what is pushed cannot be used", () => {
  it("POLICY_FALLBACK=deny refuses everything, says so once, and recovers", async () => {
    await startWithBadPolicy({ POLICY_FALLBACK: "deny" });
    const own = ["/.sallyport/health", "/.sallyport/sign-in", "/.sallyport/jwks.json"];
    for (const path of ["/healthz", "/assets/app.css", "/", ...own]) {
      const answer = await get(path);
      expect([path, ...refusalOf(answer)]).toEqual([path, 503, "misconfigured"]);
    }
    expect(refusalOf(await transfer())).toEqual([503, "misconfigured"]);
    expect(world.bank?.requests()).toEqual([]);
    expect(recorded(world, "policy_fallback")).toMatchObject([
      {
        level: "alert",
        reason: expect.stringMatching(/\([0-9a-f]{12}\) cannot be used: nothing is decided/),
      },
    ]);
    await world.pushPolicy(GOOD);
    await untilReread([403, "denied"]);
  });

  it.each([{}, { POLICY_FALLBACK: "bundled" }])(
    "%j has the bundled one decide, and says so",
    async (vars) => {
      await startWithBadPolicy(vars);
      expect((await get("/healthz")).status).toBe(200);
      expect(refusalOf(await transfer())).toEqual([401, "sign_in_required"]); // not open, as the bad one has it
      expect(arrivals(world, "POST", "/transfer")).toEqual([]);
      expect(JSON.parse((await get("/.sallyport/health")).text)).toEqual({ status: "ok", policy: "bundled" });
      expect(recorded(world, "policy_fallback")).toMatchObject([
        { level: "alert", reason: expect.stringMatching(/the bundled one \([0-9a-f]{12}\) decides/) },
      ]);
      await world.pushPolicy(GOOD);
      await untilReread([403, "denied"]);
    },
  );
});

describe("where a policy that cannot be used is pushed later", () => {
  it("the last good one stays, whatever POLICY_FALLBACK says", async () => {
    world = await startWatchedWorld({ asBundled: true, vars: { POLICY_FALLBACK: "deny" } });
    expect((await get("/healthz")).status).toBe(200);
    await world.pushPolicy(BAD);
    await vi.waitFor(
      async () => {
        expect((await get("/healthz")).status).toBe(200);
        expect(recorded(world, "misconfigured")).not.toEqual([]);
      },
      { timeout: REREAD_MS, interval: 250 },
    );
    expect((await get("/healthz")).status).toBe(200);
    expect(refusalOf(await transfer())).toEqual([401, "sign_in_required"]);
    expect(recorded(world, "policy_fallback")).toEqual([]);
  });
});
