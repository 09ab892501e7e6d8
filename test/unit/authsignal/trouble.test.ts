import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { authsignalClient } from "../../../src/authsignal/client.ts";
import { ActionCode } from "../../../src/policy/schema.ts";
import {
  startScriptedAuthsignal,
  trackedReply,
  type Question,
  type Reply,
  type ScriptedAuthsignal,
} from "../../support/scripted-authsignal.ts";
import { principalOf } from "../identity/fixtures.ts";
import { challengeId } from "../stepup/fixtures.ts";

const DEADLINE_MS = 500;
const FAILURES_TO_OPEN = 5;
const PAUSE_MS = 1_000;
const MAX_IN_FLIGHT = 100;
const ACTION = z.parse(ActionCode, "transfer");
const UNAUTHORIZED: Reply = { status: 401, json: { error: "unauthorized" } };

let authsignal: ScriptedAuthsignal;
let nowMs = 0;
beforeAll(async () => {
  authsignal = await startScriptedAuthsignal();
});
beforeEach(() => authsignal.clear());
afterAll(() => authsignal.close());

function clientWith(...secrets: [string, string?]) {
  const client = authsignalClient({
    apiUrl: authsignal.apiUrl,
    secrets,
    deadlineMs: DEADLINE_MS,
    challengeHosts: ["mfa.authsignal.com"],
    nowMs: () => nowMs,
  });
  return {
    track: () =>
      client.track({
        userId: principalOf().sub,
        action: ACTION,
        idempotencyKey: challengeId(),
        redirectUrl: undefined,
        ipAddress: undefined,
        userAgent: undefined,
        deviceId: undefined,
        custom: {},
      }),
    validate: () => client.validate("token", principalOf().sub, ACTION),
  };
}

const reasonOf = async (asking: Promise<{ ok: true } | { ok: false; error: { reason: string } }>) => {
  const outcome = await asking;
  return outcome.ok ? "ok" : outcome.error.reason;
};

describe.each<[string, Reply, string]>([
  ["hangs", "hang", "timeout"],
  ["breaks the connection", "reset", "unreachable"],
  ["answers 500", { status: 500, json: { error: "internal_server_error" } }, "refused"],
  ["answers 429", { status: 429, json: { error: "too_many_requests" } }, "refused"],
])("an Authsignal that %s", (_what, reply, reason) => {
  it("is left alone after five times, is tried again a second later, and is asked as before once it answers", async () => {
    const { track } = clientWith("key");
    authsignal.answerWith(() => reply);
    const failed = Array.from({ length: FAILURES_TO_OPEN }, () => reasonOf(track()));
    expect(await Promise.all(failed)).toEqual(Array(FAILURES_TO_OPEN).fill(reason));
    authsignal.clear();
    // Clients can bring a 429 about: what was not asked because of it says so.
    const pausedBy = _what === "answers 429" ? "refused" : "circuit_open";
    expect(await reasonOf(track())).toBe(pausedBy);
    expect(authsignal.questions()).toEqual([]);

    nowMs += PAUSE_MS;
    const answers = await Promise.all(Array.from({ length: 10 }, () => reasonOf(track())));
    expect(answers.filter((answer) => answer === "ok")).toHaveLength(1);
    expect(authsignal.questions()).toHaveLength(1);
    expect(await Promise.all(Array.from({ length: 10 }, () => reasonOf(track())))).toEqual(
      Array(10).fill("ok"),
    );
  });
});

describe("an Authsignal that is not in trouble", () => {
  it.each<[string, Reply]>([
    ["a refusal", { status: 400, json: { error: "invalid_request" } }],
    ["a page", { type: "text/html", text: "<p>" }],
  ])("is asked on, whatever its answers are: %s", async (_what, reply) => {
    const { track } = clientWith("key");
    authsignal.answerWith(() => reply);
    for (let question = 0; question < FAILURES_TO_OPEN * 2; question += 1) {
      expect(await reasonOf(track())).not.toBe("circuit_open");
    }
  });

  it("is asked on when tokens that somebody made up make it fail", async () => {
    const { track, validate } = clientWith("key");
    authsignal.answerWith(() => ({ status: 500, json: { error: "internal_server_error" } }));
    for (let question = 0; question < FAILURES_TO_OPEN * 2; question += 1) {
      expect(await reasonOf(validate())).toBe("refused");
    }
    authsignal.clear();
    expect(await reasonOf(track())).toBe("ok");
  });
});

describe("questions under way", () => {
  it("are a hundred at most, and one that has its answer makes room", async () => {
    const { track } = clientWith("key");
    expect(await reasonOf(track())).toBe("ok"); // the SDK is loaded
    authsignal.clear();
    authsignal.answerWith(() => "hang");
    const waiting = Array.from({ length: MAX_IN_FLIGHT }, () => reasonOf(track()));
    expect(await reasonOf(track())).toBe("too_many_in_flight");
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["timeout"]));
    expect(authsignal.questions()).toHaveLength(MAX_IN_FLIGHT);
    authsignal.clear();
    nowMs += PAUSE_MS;
    expect(await reasonOf(track())).toBe("ok");
  });
});

describe("two keys", () => {
  const keyOf = ({ authorization }: Question) =>
    Buffer.from(authorization.replace("Basic ", ""), "base64").toString().replace(":", "");
  const accepting = (key: string) =>
    authsignal.answerWith((question) => (keyOf(question) === key ? trackedReply(question) : UNAUTHORIZED));
  const asked = () => authsignal.questions().map(keyOf);

  it("the other is used when the first is refused, remembered, and left again when it is refused in turn", async () => {
    const { track } = clientWith("new", "old");
    accepting("old"); // the new one is not in force yet
    expect(await reasonOf(track())).toBe("ok");
    expect(await reasonOf(track())).toBe("ok");
    expect(asked()).toEqual(["new", "old", "old"]);
    authsignal.clear();
    accepting("new"); // the old one was taken away
    expect(await reasonOf(track())).toBe("ok");
    expect(await reasonOf(track())).toBe("ok");
    expect(asked()).toEqual(["old", "new", "new"]);
  });

  it("are both tried once when both are refused, and the first stays the first", async () => {
    const { track } = clientWith("new", "old");
    authsignal.answerWith(() => UNAUTHORIZED);
    expect(await reasonOf(track())).toBe("refused");
    expect(await reasonOf(track())).toBe("refused");
    expect(asked()).toEqual(["new", "old", "new", "old"]);
  });

  it("are one question: the same body, and one deadline", async () => {
    const { track } = clientWith("new", "old");
    authsignal.answerWith((question) => (keyOf(question) === "new" ? UNAUTHORIZED : "hang"));
    const startedMs = performance.now();
    expect(await reasonOf(track())).toBe("timeout");
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS * 2);
    const [first, second] = authsignal.questions();
    expect(second?.body).toEqual(first?.body);
  });

  it.each<[string, Reply]>([
    ["403", { status: 403, json: { error: "forbidden" } }],
    ["500", { status: 500, json: { error: "internal_server_error" } }],
  ])("the other is not tried on %s", async (_status, reply) => {
    const { track } = clientWith("new", "old");
    authsignal.answerWith(() => reply);
    await track();
    expect(asked()).toEqual(["new"]);
  });

  it("one alone is tried once", async () => {
    const { track } = clientWith("new");
    authsignal.answerWith(() => UNAUTHORIZED);
    expect(await reasonOf(track())).toBe("refused");
    expect(asked()).toEqual(["new"]);
  });
});
