import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Browser } from "../../support/browser.ts";
import { send, type Answer } from "../../support/http.ts";
import { signInPerson } from "../../support/person.ts";
import { LARGE, problemOf, refusalOf, transferBy } from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { recorded, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";
import { SEED_USERS, type SeedUser } from "../../../workers/local/seed.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const PAGE = "/.sallyport/sessions";

let world: WatchedWorld;

beforeAll(async () => {
  world = await startWatchedWorld({ vars: { ADMIN_GROUP: "operators" } });
  world.confide(world.adminKey);
});
afterAll(async () => {
  expect(world.leaks()).toEqual([]);
  await world.close();
});

/** A sign-in in the very second of a revocation is asked twice, by design. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await vi.waitUntil(() => Math.floor(Date.now() / 1000) > second, { interval: 20, timeout: 2_000 });
}

// Nor is a sign-in of the second in which an ended one was made any good.
beforeEach(nextSecond);

function user(name: string): SeedUser {
  const found = SEED_USERS.find(({ username }) => username === name);
  if (found === undefined) {
    throw new Error(`${name} is not among the seed users`);
  }
  return found;
}

const isSignedIn = async (browser: Browser) =>
  (await browser.open(`${world.gatewayUrl}/`)).url.pathname !== "/login";

interface Listed {
  readonly sessions: readonly { readonly id: string; readonly device: string; readonly current?: boolean }[];
}
const listedIn = (answer: Answer) => JSON.parse(answer.text) as Listed; // the documented shape

describe("the page of a user's own sessions", () => {
  it("shows each and marks this one; ends another, then all others, and never this one", async () => {
    const alice = user("alice");
    const here = await signInPerson(world, alice);
    await nextSecond(); // not one sign-in with the others
    const [second, third] = [await signInPerson(world, alice), await signInPerson(world, alice)];
    const page = await here.browser.open(world.gatewayUrl + PAGE);
    expect(page.status).toBe(200);
    expect(page.words).toContain("Where you are signed in");
    expect(page.words.match(/This one/g)).toHaveLength(1);
    const buttons = page.text.match(/name="end" value="([^"]+)"/g) ?? [];
    expect(buttons).toHaveLength(3); // two others, and "all others"
    const current = listedIn(await here.browser.request(world.gatewayUrl + PAGE)).sessions.find(
      (one) => one.current,
    );
    expect(buttons.join()).not.toContain(current?.id);

    const [, id = ""] = /value="([^"]+)"/.exec(buttons[0] ?? "") ?? [];
    const after = await here.browser.post(world.gatewayUrl + PAGE, { end: id }, world.gatewayUrl + PAGE);
    expect(after.url.search).toBe("?done=one");
    expect(after.words).toContain("The session was ended.");
    expect(await isSignedIn(second.browser)).not.toBe(await isSignedIn(third.browser)); // one of the two

    const alone = await here.browser.post(
      world.gatewayUrl + PAGE,
      { end: "others" },
      world.gatewayUrl + PAGE,
    );
    expect(alone.words).toContain("All other sessions were ended.");
    expect(alone.text).not.toContain('value="others"');
    expect([
      await isSignedIn(here.browser),
      await isSignedIn(second.browser),
      await isSignedIn(third.browser),
    ]).toEqual([true, false, false]);
    expect(recorded(world, "revoked").map(({ reason }) => reason)).toEqual([
      "one session, by the user",
      "all other sessions, by the user",
    ]);
  });

  it("lists a program's session too, and ends it; its token is refused from then on", async () => {
    const bob = user("bob");
    const token = await signInByPassword(world, bob);
    const use = () =>
      send(`${world.gatewayUrl}/`, {
        headers: { ...bearer(token), "User-Agent": "okhttp/4.12.0", Accept: "text/html" },
      });
    expect((await use()).status).toBe(200);
    const here = await signInPerson(world, bob);
    const page = await here.browser.open(world.gatewayUrl + PAGE);
    expect(page.words).toContain("okhttp");
    expect(page.words).toContain("an app or program");
    await here.browser.post(world.gatewayUrl + PAGE, { end: "others" }, world.gatewayUrl + PAGE);
    const refused = await use();
    expect([refused.status, problemOf(refused).code]).toEqual([401, "session_revoked"]);
  });

  it("lists a program that asks for nothing but step-ups", async () => {
    const alice = user("alice");
    const agents = async () => {
      const path = `${world.gatewayUrl}/.sallyport/admin/users/${alice.sub}/sessions`;
      const { sessions } = JSON.parse((await send(path, { headers: bearer(world.adminKey) })).text) as {
        sessions: { userAgent: string }[];
      };
      return sessions.map(({ userAgent }) => userAgent);
    };
    const token = await signInByPassword(world, alice);
    const asked = await transferBy(world, token, LARGE, { "User-Agent": "unheard-of/1.0" });
    expect(refusalOf(asked)).toEqual([401, "step_up_required"]);
    expect(await agents()).toContain("unheard-of/1.0");
  });

  it("does nothing for another site, a sibling, or nobody", async () => {
    const alice = user("alice");
    const [here, other] = [await signInPerson(world, alice), await signInPerson(world, alice)];
    for (const headers of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: "https://evil.example" },
      { Origin: "null" },
    ]) {
      for (const [method, path, body] of [
        ["POST", PAGE, "end=others"],
        ["DELETE", `${PAGE}/others`, undefined],
      ] as const) {
        const answer = await here.browser.request(world.gatewayUrl + path, {
          method,
          headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
          ...(body === undefined ? {} : { body }),
        });
        expect([headers, answer.status, problemOf(answer).code]).toEqual([headers, 403, "cross_site"]);
      }
    }
    expect(await isSignedIn(other.browser)).toBe(true);
    const nobody = await send(`${world.gatewayUrl}${PAGE}/others`, { method: "DELETE" });
    expect(nobody.status).toBe(401);
    expect((await new Browser().open(world.gatewayUrl + PAGE)).url.pathname).toBe("/login");
  });

  it("never ends another user's session, and says nothing about one", async () => {
    const [alice, bob] = [await signInPerson(world, user("alice")), await signInPerson(world, user("bob"))];
    const theirs = listedIn(await bob.browser.request(world.gatewayUrl + PAGE)).sessions.find(
      (one) => one.current,
    );
    const answer = await alice.browser.request(`${world.gatewayUrl}${PAGE}/${theirs?.id}`, {
      method: "DELETE",
    });
    expect([answer.status, problemOf(answer).code]).toEqual([404, "not_found"]);
    expect(await isSignedIn(bob.browser)).toBe(true);
  });

  it("turns away a session that was ended, at once", async () => {
    const alice = user("alice");
    const [here, other] = [await signInPerson(world, alice), await signInPerson(world, alice)];
    await here.browser.post(world.gatewayUrl + PAGE, { end: "others" }, world.gatewayUrl + PAGE);
    expect((await other.browser.open(world.gatewayUrl + PAGE)).url.pathname).toBe("/login");
    const tried = await other.browser.request(`${world.gatewayUrl}${PAGE}/others`, { method: "DELETE" });
    expect(tried.status).toBe(401);
    expect(await isSignedIn(here.browser)).toBe(true);
  });

  it.each(["", "end=", "end=../x", "other=1", `end=${"x".repeat(2_000)}`])(
    "takes no nonsense: %.20s",
    async (body) => {
      const here = await signInPerson(world, user("alice"));
      const answer = await here.browser.request(world.gatewayUrl + PAGE, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
      });
      expect([303, 400]).toContain(answer.status);
      expect(await isSignedIn(here.browser)).toBe(true);
    },
  );
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command against the world's gateway. */
function sallyport(args: readonly string[], key: string | undefined = world.adminKey): Promise<Ran> {
  const env = { ...process.env, ...(key === undefined ? {} : { SALLYPORT_ADMIN_KEY: key }) };
  return new Promise((done) => {
    execFile(process.execPath, ["src/cli/main.ts", ...args], { cwd: ROOT, env }, (error, out, err) => {
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}
const at = () => ["--gateway", world.gatewayUrl];

describe("sallyport sessions", () => {
  it("lists, ends one, ends all; a new sign-in works at once", async () => {
    const alice = user("alice");
    await sallyport(["sessions", "revoke", alice.sub, ...at()]);
    const none = await sallyport(["sessions", "list", alice.sub, ...at()]);
    expect([none.code, none.out]).toEqual([0, `${alice.sub} has no session.\n`]);
    await nextSecond();
    const [first, second] = [await signInPerson(world, alice), await signInPerson(world, alice)];
    const listed = await sallyport(["sessions", "list", alice.sub, ...at()]);
    expect([listed.code, listed.err]).toEqual([0, ""]);
    expect(listed.out.split("\n")[0]).toMatch(/^session +device +place +signed in +last used$/);
    const json = JSON.parse(
      (await sallyport(["sessions", "list", alice.sub, ...at(), "--json"])).out,
    ) as Listed;
    expect(json.sessions).toHaveLength(2);

    const [one] = json.sessions;
    const ended = await sallyport(["sessions", "revoke", alice.sub, "--session", one?.id ?? "", ...at()]);
    expect([ended.code, ended.out]).toEqual([0, `Ended session ${one?.id} of ${alice.sub}.\n`]);
    expect(await isSignedIn(first.browser)).not.toBe(await isSignedIn(second.browser)); // one of the two

    const all = await sallyport(["sessions", "revoke", alice.sub, ...at()]);
    expect([all.code, all.out]).toEqual([0, expect.stringContaining("Ended every session of")]);
    expect([await isSignedIn(first.browser), await isSignedIn(second.browser)]).toEqual([false, false]);
    await nextSecond();
    expect(await isSignedIn((await signInPerson(world, alice)).browser)).toBe(true);
  });

  it("forgets a user and says what it erased", async () => {
    const alice = user("alice");
    const before = await signInPerson(world, alice);
    const forgotten = await sallyport(["forget", alice.sub, ...at()]);
    expect([forgotten.code, forgotten.err]).toEqual([0, ""]);
    expect(forgotten.out).toMatch(/Erased of .*:\n {2}\d+ /);
    expect(forgotten.out).toContain("Kept, until no token");
    expect(await isSignedIn(before.browser)).toBe(false);
    const again = JSON.parse((await sallyport(["forget", alice.sub, ...at(), "--json"])).out) as {
      erased: Record<string, number>;
    };
    expect(Object.entries(again.erased).filter(([, rows]) => rows > 0)).toEqual([["revocation", 1]]);
    expect(recorded(world, "forgotten").at(-1)).toMatchObject({
      sub: alice.sub,
      reason: "everything in the ledger, by service key (current)",
    });
  });

  it("is for administrators only", async () => {
    const alice = user("alice");
    const token = await signInByPassword(world, alice);
    for (const [key, said] of [
      ["x".repeat(40), "administrator_required"],
      [token, "not_permitted"],
    ] as const) {
      const refused = await sallyport(["sessions", "list", alice.sub, ...at()], key);
      expect([refused.code, refused.out]).toEqual([2, ""]);
      expect(refused.err).toContain(said);
      const path = `${world.gatewayUrl}/.sallyport/admin/users/${alice.sub}`;
      for (const url of [path, `${path}/sessions`, `${path}/sessions/x`]) {
        const answer = await send(url, { method: "DELETE", headers: bearer(key) });
        expect([url, [401, 403].includes(answer.status)]).toEqual([url, true]);
      }
    }
    const here = await signInPerson(world, alice);
    const byCookie = await here.browser.request(
      `${world.gatewayUrl}/.sallyport/admin/users/${alice.sub}/sessions`,
    );
    expect(byCookie.status).toBe(401);
  });

  it.each([
    [["sessions"], "", 2],
    [["sessions", "list"], "USER is missing.", 2],
    [["sessions", "list", "someone"], "--gateway is missing", 2],
    [["sessions", "end", "someone"], 'There is no command "sessions end".', 2],
    [["forget"], "USER is missing.", 2],
    [["sessions", "list", "someone-1", "--gateway", "http://example.com"], "must be an https address", 2],
    [["sessions", "list", "someone-1", "--gateway", "http://127.0.0.1:1"], "does not answer", 2],
  ])("says what is missing: %j", async (args, said, code) => {
    const ran = await sallyport(args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(said);
  });

  it.each([["sessions", "list"], ["sessions", "revoke"], ["forget"]])("explains %s %s", async (...words) => {
    const names = words.filter((word) => word !== undefined);
    const ran = await sallyport([...names, "--help"]);
    expect([ran.code, ran.out.includes(`Usage: sallyport ${names.join(" ")} USER`)]).toEqual([0, true]);
    expect(ran.out).toContain("SALLYPORT_ADMIN_KEY");
    expect(ran.out).toContain("Exit code");
    expect((await sallyport(["--help"])).out).toContain(names.join(" "));
  });
});

describe("without ADMIN_KEY and ADMIN_GROUP", () => {
  it("there is no admin endpoint", async () => {
    const other = await startWatchedWorld({ vars: { ADMIN_KEY: "" } });
    try {
      const path = `${other.gatewayUrl}/.sallyport/admin/users/${user("alice").sub}/sessions`;
      const answer = await send(path, { headers: bearer("x".repeat(40)) });
      expect([answer.status, problemOf(answer).code]).toEqual([404, "not_found"]);
    } finally {
      await other.close();
    }
  });
});
