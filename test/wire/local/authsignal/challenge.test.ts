import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { click, open, submit } from "./browser.ts";
import { newestCode, otherCode, REDIRECT_URL, seedUser, startWorld, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");
const bob = seedUser("bob");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

async function validate(
  token: string | null,
): Promise<Awaited<ReturnType<World["sdk"]["validateChallenge"]>>> {
  return world.sdk.validateChallenge({ token: token ?? "", action: "transfer" });
}

describe("a challenge by e-mail code", () => {
  test("shows the purpose, sends nothing until asked, and returns with a token that validates", async () => {
    const tracked = await trackTransfer(world, "alice", 1500);
    let page = await open(world, tracked.url);
    expect(page.text).toContain("Transfer");
    expect(page.text).toContain("1,500");
    expect(page.text).toContain("al•••@example.com");
    await expect(newestCode(world, alice.email)).rejects.toThrow("nothing was sent");

    page = await submit(world, page, "/challenge/send");
    page = await submit(world, page, "/challenge/verify", { code: await newestCode(world, alice.email) });

    const back = new URL(REDIRECT_URL);
    expect(page.leftTo?.origin).toBe(back.origin);
    expect(page.leftTo?.pathname).toBe(back.pathname);
    expect(page.leftTo?.searchParams.get("keep")).toBe("1");
    const token = page.leftTo?.searchParams.get("token") ?? null;
    expect(token).not.toBe(tracked.token);
    expect(await validate(token)).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId: alice.sub,
      action: "transfer",
      idempotencyKey: tracked.idempotencyKey,
      verificationMethod: "EMAIL_OTP",
    });
  });

  test("a wrong code is said so, with the tries that are left, and the right one still works", async () => {
    let page = await open(world, (await trackTransfer(world, "alice", 1500)).url);
    page = await submit(world, page, "/challenge/send");
    const code = await newestCode(world, alice.email);
    page = await submit(world, page, "/challenge/verify", { code: otherCode(code) });
    expect(page.text).toContain("That code is not right");
    expect(page.text).toContain("9 tries left");
    page = await submit(world, page, "/challenge/verify", { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect(page.leftTo).toBeDefined();
  });

  test("ten wrong codes stop the eleventh, although it is right, for five minutes", async () => {
    const tracked = await trackTransfer(world, "alice", 1500);
    let page = await submit(world, await open(world, tracked.url), "/challenge/send");
    const code = await newestCode(world, alice.email);
    for (let i = 0; i < 10; i += 1) {
      page = await submit(world, page, "/challenge/verify", { code: otherCode(code) });
    }
    expect(page.text).toContain("Too many attempts");
    page = await submit(world, page, "/challenge/verify", { code });
    expect(page.text).toContain("Too many attempts");
    expect(await validate(tracked.token)).toMatchObject({ isValid: false, state: "CHALLENGE_REQUIRED" });
    world.passTime(5.1);
    page = await submit(world, page, "/challenge/verify", { code });
    expect(page.leftTo).toBeDefined();
  });

  test("a new code replaces the one before; the thirteenth within ten minutes is not sent", async () => {
    let page = await submit(
      world,
      await open(world, (await trackTransfer(world, "alice", 1500)).url),
      "/challenge/send",
    );
    const first = await newestCode(world, alice.email);
    page = await submit(world, page, "/challenge/send");
    const second = await newestCode(world, alice.email);
    if (first !== second) {
      page = await submit(world, page, "/challenge/verify", { code: first });
      expect(page.text).toContain("not right");
    }
    for (let i = 2; i < 13; i += 1) {
      page = await submit(world, page, "/challenge/send");
    }
    expect(page.text).toContain("Too many codes were sent");
  });

  test("a code is worth nothing for another action, and nothing twice", async () => {
    const first = await trackTransfer(world, "alice", 1500);
    const second = await trackTransfer(world, "alice", 2500);
    const firstPage = await submit(world, await open(world, first.url), "/challenge/send");
    const code = await newestCode(world, alice.email);
    const secondPage = await submit(world, await open(world, second.url), "/challenge/send");
    const afterSecond = await newestCode(world, alice.email);
    if (code !== afterSecond) {
      expect((await submit(world, secondPage, "/challenge/verify", { code })).text).toContain("not right");
    }
    expect((await submit(world, firstPage, "/challenge/verify", { code })).leftTo).toBeDefined();
    expect((await submit(world, firstPage, "/challenge/verify", { code })).text).toContain("You’re verified");
    expect(await validate(second.token)).toMatchObject({ isValid: false, state: "CHALLENGE_REQUIRED" });
  });
});

describe("leaving and expiry", () => {
  test("cancel returns with a token that says the challenge is still required", async () => {
    const page = await open(world, (await trackTransfer(world, "alice", 1500)).url);
    const left = await submit(world, page, "/challenge/leave");
    expect(left.leftTo?.searchParams.get("keep")).toBe("1");
    const token = left.leftTo?.searchParams.get("token") ?? null;
    expect(await validate(token)).toMatchObject({ isValid: false, state: "CHALLENGE_REQUIRED" });
  });

  test("an expired token shows a page with the way back, and validates to false", async () => {
    const tracked = await trackTransfer(world, "alice", 1500);
    world.passTime(11);
    const page = await open(world, tracked.url);
    expect(page.status).toBe(410);
    expect(page.text).toContain("expired");
    expect(page.links.find((link) => link.text === "Go back")?.href).toContain(
      "http://app.localhost/back?keep=1&token=",
    );
    expect(await validate(tracked.token)).toEqual({
      isValid: false,
      error: "expired_token",
      action: undefined,
    });
  });

  test("a token that was never issued gets a page, not an error", async () => {
    const page = await open(world, "/challenge?token=%3Cscript%3E");
    expect(page.status).toBe(400);
    expect(page.text).toContain("This link does not work");
  });

  test("without a redirectUrl the window may be closed", async () => {
    const { url } = await world.sdk.track({ userId: alice.sub, action: "add-payee" });
    const left = await submit(world, await open(world, url), "/challenge/leave");
    expect(left.text).toContain("You can close this window");
  });

  test("the parameters that SDKs append to the url are tolerated", async () => {
    const { url } = await trackTransfer(world, "alice", 1500);
    expect((await open(world, `${url}&mode=popup&force_enrollment=true`)).text).toContain("Confirm it’s you");
  });
});

describe("more than one method", () => {
  test("bob chooses the authenticator app, and a code of it works once", async () => {
    const first = await open(world, (await trackTransfer(world, "bob", 1500)).url);
    const response = await fetch(`${world.standIn.url}/control/users/${bob.sub}/totp`);
    const [app] = (await response.json()) as { code: string }[]; // the documented shape
    const code = app?.code ?? "";
    const page = await click(world, first, "Authenticator app");
    const done = await submit(world, page, "/challenge/verify", { code });
    expect(await validate(done.leftTo?.searchParams.get("token") ?? null)).toMatchObject({
      isValid: true,
      verificationMethod: "AUTHENTICATOR_APP",
    });

    const second = await click(
      world,
      await open(world, (await trackTransfer(world, "bob", 1600)).url),
      "Authenticator",
    );
    expect((await submit(world, second, "/challenge/verify", { code })).text).toContain("not right");
  });

  test("only methods that the rule accepts are offered; none at all can only be left", async () => {
    await fetch(`${world.standIn.url}/control/rules/transfer/large-transfer`, {
      method: "PUT",
      body: JSON.stringify({ verificationMethods: ["AUTHENTICATOR_APP"] }),
    });
    expect((await open(world, (await trackTransfer(world, "bob", 1500)).url)).text).toContain(
      "authenticator app shows",
    );
    const page = await open(world, (await trackTransfer(world, "alice", 1500)).url);
    expect(page.text).toContain("your account has no such method");
    expect(page.forms.map((form) => form.action)).toEqual(["/challenge/leave"]);
  });
});

test("pages of the challenge keep the token to themselves and cannot be framed", async () => {
  const { headers } = await open(world, (await trackTransfer(world, "alice", 1500)).url);
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
});

test("what an app sends is shown as text", async () => {
  const { url } = await world.sdk.track({
    userId: alice.sub,
    action: "add-payee",
    attributes: { custom: { payee: '<img src=x onerror="x()">' } },
  });
  const response = await fetch(url.replace("authsignal.localhost", "127.0.0.1"));
  expect(await response.text()).not.toContain("<img");
});
