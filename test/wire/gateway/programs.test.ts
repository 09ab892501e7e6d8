import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeInUi, enrolInUi, leaveUi } from "../../support/authsignal-ui.ts";
import { send } from "../../support/http.ts";
import { arrivals } from "../../support/person.ts";
import {
  bringToken,
  LARGE,
  passedChallenge,
  problemOf,
  refusalOf,
  repeated,
  SMALL,
  startChallenge,
  transferBy,
} from "../../support/program.ts";
import { openRaw } from "../../support/raw-client.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB, MALLORY, NEWT } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

const PARALLEL = 30;

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

describe("a program with a bearer token", () => {
  it("reads without being asked, and Authsignal hears nothing of it", async () => {
    const answer = await send(`${world.gatewayUrl}/api/balance`, { headers: bearer(alice) });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { balance: expect.any(Number), currency: "GBP" },
    ]);
    expect(await (await fetch(`${world.authsignal.url}/control/actions`)).json()).toEqual([]);
  });

  it("transfers a small sum at once, and Authsignal has seen it", async () => {
    expect((await transferBy(world, alice, SMALL)).status).toBe(201);
    expect(transfers()).toHaveLength(1);
    const [action] = (await (await fetch(`${world.authsignal.url}/control/actions`)).json()) as object[];
    expect(action).toMatchObject({ userId: ALICE.sub, actionCode: "transfer", state: "ALLOW" });
  });

  it("without a token is told to sign in", async () => {
    const answer = await send(`${world.gatewayUrl}/api/balance`);
    expect(refusalOf(answer)).toEqual([401, "sign_in_required"]);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(arrivals(world, "GET", "/api/balance")).toEqual([]);
  });

  it("is blocked where a rule blocks", async () => {
    const token = await signInByPassword(world, MALLORY);
    expect(refusalOf(await transferBy(world, token, SMALL))).toEqual([403, "blocked"]);
    expect(transfers()).toEqual([]);
  });
});

describe("a challenge for a program", () => {
  it("is a problem document with RFC 9470's header, and nothing reaches the origin", async () => {
    const answer = await transferBy(world, alice, LARGE);
    const { challenge, ...problem } = problemOf(answer);
    expect(problem).toMatchObject({
      type: "urn:sallyport:problem:step_up_required",
      status: 401,
      code: "step_up_required",
      instance: `urn:uuid:${answer.headers.get("sallyport-request-id")}`,
    });
    expect(answer.headers.get("www-authenticate")).toMatch(
      /^Bearer error="insufficient_user_authentication", error_description="[^"]+", acr_values="authsignal:transfer", max_age=0$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(challenge).toMatchObject({
      kind: "step-up",
      action: "transfer",
      complete: `${world.gatewayUrl}/.sallyport/challenges/${challenge?.id}`,
      methods: ["EMAIL_OTP", "AUTHENTICATOR_APP"],
      expiresIn: 600,
      summary: [
        { label: "Amount", value: "£1,500.00" },
        { label: "To", value: "Marina" },
      ],
    });
    expect(new URL(challenge?.url ?? "").origin).toBe(world.authsignal.publicUrl);
    const inSeconds = (Date.parse(challenge?.expiresAt ?? "") - Date.now()) / 1000;
    expect(inSeconds).toBeGreaterThan(590);
    expect(inSeconds).toBeLessThanOrEqual(600);
    expect(transfers()).toEqual([]);
  });

  it("releases the very same request once it is completed, once, and says so to the origin", async () => {
    const challenge = await passedChallenge(world, alice, ALICE);
    expect(transfers()).toEqual([]);
    const first = await transferBy(world, alice, LARGE, repeated(challenge));
    expect([first.status, JSON.parse(first.text)]).toMatchObject([201, { amount: 1500, payee: "Marina" }]);
    expect(refusalOf(await transferBy(world, alice, LARGE, repeated(challenge)))).toEqual([
      409,
      "challenge_used",
    ]);
    const [arrival, ...more] = transfers();
    expect(more).toEqual([]);
    const headers = new Map(arrival?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(headers.get("idempotency-key")).toBe(challenge.id);
    expect(headers.has("sallyport-challenge")).toBe(false);
    expect(arrival?.bodyText).toBe(JSON.stringify(LARGE));

    const published = await send(`${world.gatewayUrl}/.sallyport/jwks.json`);
    const keys = createLocalJWKSet(JSON.parse(published.text) as { keys: [] });
    const { payload } = await jwtVerify(headers.get("sallyport-assertion") ?? "", keys, {
      audience: world.originUrl,
      issuer: world.gatewayUrl,
      algorithms: ["ES256"],
      typ: "sallyport-assertion+jwt",
    });
    expect(payload).toMatchObject({
      sub: ALICE.sub,
      step_up: {
        action: "transfer",
        challenge: challenge.id,
        verification_method: "EMAIL_OTP",
        request: { method: "POST", target: "/transfer" },
      },
    });
  });

  it("keeps the client's own idempotency key", async () => {
    const challenge = await passedChallenge(world, alice, ALICE);
    const headers = { ...repeated(challenge), "Idempotency-Key": "mine-1" };
    expect((await transferBy(world, alice, LARGE, headers)).status).toBe(201);
    expect(transfers()[0]?.headers).toContainEqual(["Idempotency-Key", "mine-1"]);
  });

  it("releases one of thirty repeats that come at once", async () => {
    const challenge = await passedChallenge(world, alice, ALICE);
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, () => transferBy(world, alice, LARGE, repeated(challenge))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(PARALLEL - 1);
    expect(transfers()).toHaveLength(1);
  });

  it.each([
    ["another amount", { ...LARGE, amount: 1501 }, "/transfer", "application/json"],
    ["another payee", { ...LARGE, payee: "Marinb" }, "/transfer", "application/json"],
    ["one field more", { ...LARGE, note: "x" }, "/transfer", "application/json"],
    ["another target", LARGE, "/transfer?x=1", "application/json"],
    ["another content type", LARGE, "/transfer", "application/json; charset=utf-8"],
  ])("does not release %s, and still releases what was approved", async (_, order, path, type) => {
    const challenge = await passedChallenge(world, alice, ALICE);
    const other = await send(world.gatewayUrl + path, {
      method: "POST",
      headers: { ...bearer(alice), ...repeated(challenge), "Content-Type": type },
      body: JSON.stringify(order),
    });
    expect(refusalOf(other)).toEqual([403, "challenge_mismatch"]);
    expect(transfers()).toEqual([]);
    expect((await transferBy(world, alice, LARGE, repeated(challenge))).status).toBe(201);
  });

  it("does not release the same with a Destination, which a MOVE would write to", async () => {
    const challenge = await passedChallenge(world, alice, ALICE);
    const leading = { ...repeated(challenge), Destination: "/elsewhere" };
    expect(refusalOf(await transferBy(world, alice, LARGE, leading))).toEqual([403, "challenge_mismatch"]);
    expect(transfers()).toEqual([]);
  });

  it("is nothing to another user, or to another session of the same user", async () => {
    const challenge = await passedChallenge(world, alice, ALICE);
    for (const token of [await signInByPassword(world, BOB), await signInByPassword(world, ALICE)]) {
      expect(refusalOf(await transferBy(world, token, LARGE, repeated(challenge)))).toEqual([
        404,
        "challenge_not_found",
      ]);
      expect(refusalOf(await send(challenge.complete, { headers: bearer(token) }))).toEqual([
        404,
        "challenge_not_found",
      ]);
      const brought = await bringToken(challenge, token, challenge.token);
      expect(refusalOf(brought)).toEqual([404, "challenge_not_found"]);
    }
    expect(transfers()).toEqual([]);
  });

  it.each([
    ["empty", ""],
    ["short", "x"],
    ["well-formed", "00000000-0000-4000-8000-000000000000"],
    ["a path", "../../x"],
    ["long", "a".repeat(4000)],
  ])("of no such id is 404 (%s)", async (_, id) => {
    expect(refusalOf(await transferBy(world, alice, LARGE, { "Sallyport-Challenge": id }))).toEqual([
      404,
      "challenge_not_found",
    ]);
    expect(transfers()).toEqual([]);
  });

  it("is not completed by the token of another challenge, a made-up one, or the starter's own", async () => {
    const other = await startChallenge(world, alice);
    const passed = await completeInUi(world, other.url, ALICE);
    const challenge = await startChallenge(world, alice);
    for (const token of [passed.token, "made-up", "a.b.c"]) {
      expect(refusalOf(await bringToken(challenge, alice, token))).toEqual([403, "challenge_refused"]);
    }
    await completeInUi(world, challenge.url, ALICE);
    expect(refusalOf(await bringToken(challenge, alice, challenge.token))).toEqual([
      403,
      "challenge_refused",
    ]);
    expect(refusalOf(await transferBy(world, alice, LARGE, repeated(challenge)))).toEqual([
      409,
      "challenge_pending",
    ]);
    expect(transfers()).toEqual([]);
  });

  it("is not completed before it is passed, though the token is genuine", async () => {
    const challenge = await startChallenge(world, alice);
    const left = await leaveUi(world, challenge.url);
    expect(refusalOf(await bringToken(challenge, alice, left.token))).toEqual([409, "challenge_pending"]);
    expect(refusalOf(await transferBy(world, alice, LARGE, repeated(challenge)))).toEqual([
      409,
      "challenge_pending",
    ]);
    const shown = await send(challenge.complete, { headers: bearer(alice) });
    expect([shown.status, JSON.parse(shown.text)]).toMatchObject([
      200,
      { id: challenge.id, state: "pending" },
    ]);
  });

  it("ends when the program gives up", async () => {
    const challenge = await startChallenge(world, alice);
    const given = await send(challenge.complete, { method: "DELETE", headers: bearer(alice) });
    expect([given.status, JSON.parse(given.text)]).toMatchObject([200, { state: "cancelled" }]);
    expect(recorded(world, "cancelled")).toContainEqual(
      expect.objectContaining({ sub: ALICE.sub, action: "transfer", challenge: challenge.id }),
    );
    const passed = await completeInUi(world, challenge.url, ALICE);
    const late = await bringToken(challenge, alice, passed.token);
    expect(JSON.parse(late.text)).toMatchObject({ state: "cancelled" });
    expect(refusalOf(await transferBy(world, alice, LARGE, repeated(challenge)))).toEqual([
      410,
      "challenge_ended",
    ]);
  });

  it.each([
    ["no body", undefined, "application/json"],
    ["another content type", '{"token":"x"}', "text/plain"],
    ["broken JSON", '{"token":', "application/json"],
    ["no token", '{"tokens":"x"}', "application/json"],
    ["a token that is no text", '{"token":{"x":1}}', "application/json"],
    ["a huge body", `{"token":"${"x".repeat(20_000)}"}`, "application/json"],
  ])("cannot be completed with %s", async (_, body, type) => {
    const challenge = await startChallenge(world, alice);
    const answer = await send(challenge.complete, {
      method: "POST",
      headers: { ...bearer(alice), "Content-Type": type },
      ...(body === undefined ? {} : { body }),
    });
    expect(refusalOf(answer)).toEqual([400, "invalid_request"]);
  });
});

describe("a program that breaks off while the gateway reads what it sends", () => {
  it.each([
    ["of a declared length", "Content-Length: 100\r\n\r\n{"],
    ["of unknown length", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"],
  ])("is a client that left, no bug of ours and no failure of the ledger: %s", async (_, rest) => {
    const before = recorded(world, "answered").length;
    const { host, port } = new URL(world.gatewayUrl);
    const { socket } = await openRaw(Number(port));
    const head = `POST /transfer HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${alice}\r\n`;
    socket.write(`${head}Content-Type: application/json\r\n${rest}`, () => socket.destroy());
    const reasons = () =>
      recorded(world, "answered")
        .slice(before)
        .map(({ reason }) => reason);
    await expect.poll(reasons, { timeout: 5_000 }).toEqual(["client_gone"]);
    expect(recorded(world, "bug")).toEqual([]);
    expect(transfers()).toEqual([]);
  });
});

describe("a user without an authenticator", () => {
  it("is sent to enrol, and is then asked; enrolling releases nothing", async () => {
    const token = await signInByPassword(world, NEWT);
    const challenge = await startChallenge(world, token);
    expect(challenge.kind).toBe("enrolment");
    const enrolled = await enrolInUi(world, challenge.url, NEWT);
    const brought = await bringToken(challenge, token, enrolled.token);
    expect(JSON.parse(brought.text)).toMatchObject({ state: "succeeded", kind: "enrolment" });
    expect((await transferBy(world, token, LARGE, repeated(challenge))).status).toBe(409);
    expect(transfers()).toEqual([]);

    const second = await passedChallenge(world, token, NEWT);
    expect(second.kind).toBe("step-up");
    expect((await transferBy(world, token, LARGE, repeated(second))).status).toBe(201);
    expect(transfers()).toHaveLength(1);
  });
});

describe("the record", () => {
  it("names who did what and why, and holds no token", async () => {
    const bob = await signInByPassword(world, BOB); // alice has started as many as she may
    const challenge = await passedChallenge(world, bob, BOB);
    await transferBy(world, bob, LARGE, repeated(challenge));
    for (const event of ["challenge", "completed", "released", "delivered"]) {
      expect(recorded(world, event)).toContainEqual(
        expect.objectContaining({ sub: BOB.sub, action: "transfer", challenge: challenge.id }),
      );
    }
    expect(world.leaks()).toEqual([]);
  });
});
