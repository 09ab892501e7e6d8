import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DELIVERY_SILENCE_MS } from "../../../src/ledger/transitions.ts";
import {
  challengeOn,
  GRANTED,
  newStage,
  policyWith,
  ticketOn,
  wayBack,
  type Person,
  type Shown,
  type Stage,
} from "./stage.ts";

const PARALLEL = 30;
const CHALLENGE_MS = 600_000;
const REVIEW_MS = 3_600_000;
const FORM = "amount=1500";

let stage: Stage;
let ada: Person;
afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  stage = await newStage();
  ada = await stage.newPerson();
});

/** Posts the form and is asked for a challenge; gives its id. */
async function asked(): Promise<string> {
  const shown = await ada.navigate("/transfer", { form: FORM });
  expect(shown.title).toBe("Confirm that it is you");
  return challengeOn(shown);
}

/** Is back from Authsignal, where the challenge ended so. */
async function back(id: string, state = "CHALLENGE_SUCCEEDED", method = "PASSKEY"): Promise<Shown> {
  stage.settle(id, state, method);
  return ada.navigate(wayBack(id), { site: "cross-site" });
}

const resume = (confirmed: Shown) =>
  ada.navigate("/transfer", { form: `sallyport-ticket=${ticketOn(confirmed)}` });

/** A program of the same page: starts, and gives the id and a way to repeat. */
async function startedByProgram() {
  const send = (headers: Record<string, string> = {}) =>
    ada.call("/transfer", {
      method: "POST",
      body: '{"amount":1500}',
      headers: { "Content-Type": "application/json", ...headers },
    });
  const told = await (await send()).json<{ challenge: { id: string } }>();
  const { id } = told.challenge;
  const path = `/.sallyport/challenges/${id}`;
  const bring = () =>
    ada.call(path, {
      method: "POST",
      body: JSON.stringify({ token: `head.result-${id}.signature` }),
      headers: { "Content-Type": "application/json" },
    });
  return { id, path, bring, repeat: () => send({ "Sallyport-Challenge": id }) };
}

const refusalOf = async (answer: Response) => [answer.status, (await answer.json<{ code: string }>()).code];

describe("time that runs out", () => {
  it("before the person is back: too late, nothing was sent", async () => {
    const id = await asked();
    await ada.passTime(CHALLENGE_MS);
    const late = await back(id);
    expect([late.status, late.title]).toEqual([410, "Too late: nothing was done"]);
    expect(late.text).toContain("1500");
    expect(stage.arrivals).toEqual([]);
  });

  it("between the confirmation and the last click: too late, nothing was sent", async () => {
    const confirmed = await back(await asked());
    expect(confirmed.title).toBe("Confirmed");
    await ada.passTime(CHALLENGE_MS);
    expect((await resume(confirmed)).title).toBe("Too late: nothing was done");
    expect(stage.arrivals).toEqual([]);
  });

  it("for a program: the challenge has ended", async () => {
    const { id, path, bring, repeat } = await startedByProgram();
    await ada.passTime(CHALLENGE_MS);
    stage.settle(id, "CHALLENGE_SUCCEEDED", "PASSKEY");
    expect(await (await bring()).json()).toMatchObject({ state: "expired" });
    expect(await (await ada.call(path)).json()).toMatchObject({ state: "expired" });
    expect(await refusalOf(await repeat())).toEqual([410, "challenge_ended"]);
    expect(stage.arrivals).toEqual([]);
  });

  it("during a review: too late, and its page no longer looks by itself", async () => {
    stage.state = "REVIEW_REQUIRED";
    const waiting = await ada.navigate("/transfer", { form: FORM });
    expect(waiting.title).toBe("This is being looked at");
    await ada.passTime(CHALLENGE_MS);
    expect((await ada.navigate(waiting.url.pathname)).title).toBe("This is being looked at");
    await ada.passTime(REVIEW_MS - CHALLENGE_MS);
    const late = await ada.navigate(waiting.url.pathname);
    expect([late.title, late.text.includes('http-equiv="refresh"')]).toEqual([
      "Too late: nothing was done",
      false,
    ]);
  });
});

describe("a check that is not passed", () => {
  it.each(["CHALLENGE_FAILED", "BLOCK", "REVIEW_REQUIRED"])(
    "because Authsignal says %s: not confirmed, can be tried again",
    async (state) => {
      const refused = await back(await asked(), state);
      expect(refused.title).toBe("Not confirmed: nothing was done");
      const again = await ada.navigate(`${refused.url.pathname}/retry`, { form: "" });
      expect(again.title).toBe("Confirm that it is you");
      const confirmed = await back(challengeOn(again));
      expect((await resume(confirmed)).text).toBe("ok");
      expect(stage.arrivals).toEqual([{ method: "POST", path: "/transfer", body: FORM }]);
    },
  );

  it("is refused to a program with its reason", async () => {
    const { id, bring, repeat } = await startedByProgram();
    stage.settle(id, "CHALLENGE_FAILED");
    const refused = await bring();
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "challenge_refused", failure: "not_passed" });
    expect(await refusalOf(await repeat())).toEqual([410, "challenge_ended"]);
  });

  it("is tried again by thirty clicks at once: one new challenge, and one request in the end", async () => {
    const refused = await back(await asked(), "CHALLENGE_FAILED");
    const retry = `${refused.url.pathname}/retry`;
    const shown = await Promise.all(
      Array.from({ length: PARALLEL }, () => ada.navigate(retry, { form: "" })),
    );
    const open = new Set(shown.filter(({ title }) => title === "Confirm that it is you").map(challengeOn));
    expect(open.size).toBe(1);
    const [id = ""] = open;
    await resume(await back(id));
    expect(stage.arrivals).toHaveLength(1);
    expect(shown.map(({ status }) => status)).toEqual(Array(PARALLEL).fill(200));
    expect(await ada.openings()).toBe(0);
  });
});

describe("an event that ends earlier checks", () => {
  /** What the policy does about an event of this moment. */
  const react = (effect: "end-grants" | "require-step-up") =>
    env.LEDGER.getByName(ada.principal.sub).react([
      {
        eventId: crypto.randomUUID(),
        reason: "authenticator.created",
        atMs: Date.now(),
        idempotencyKey: undefined,
        reactions: [{ reaction: "added", threshold: undefined, effects: [effect], outside: [] }],
      },
    ]);

  it.each(["end-grants", "require-step-up"] as const)(
    "between the confirmation and the last click, by an event that asks for more: not sent, and tried again with what was typed (%s)",
    async (effect) => {
      const confirmed = await back(await asked());
      await react(effect);
      const refused = await resume(confirmed);
      expect(refused.title).toBe("Not confirmed: nothing was done");
      expect(refused.text).toContain("a new check is needed");
      expect(stage.arrivals).toEqual([]);
      const again = await ada.navigate(`${refused.url.pathname}/retry`, { form: "" });
      expect((await resume(await back(challengeOn(again)))).text).toBe("ok");
      expect(stage.arrivals).toEqual([{ method: "POST", path: "/transfer", body: FORM }]);
    },
  );

  it("for a program, by an event that asks for more: a new check is needed", async () => {
    const { id, path, bring, repeat } = await startedByProgram();
    stage.settle(id, "CHALLENGE_SUCCEEDED", "PASSKEY");
    expect((await bring()).status).toBe(200);
    await react("require-step-up");
    expect(await refusalOf(await repeat())).toEqual([410, "challenge_ended"]);
    expect(await (await ada.call(path)).json()).toMatchObject({ state: "failed", failure: "demanded_again" });
    expect(stage.arrivals).toEqual([]);
  });
});

describe("a session that ends meanwhile", () => {
  const SIGN_IN = /^https:\/\/login\.example\.com\/oauth2\/authorize\?.*prompt=login/;

  it("before the person is back: a real sign-in is needed, and nothing is left to send", async () => {
    const id = await asked();
    await ada.revoke();
    const shown = await back(id);
    expect(shown.headers.get("location")).toMatch(SIGN_IN);
    expect(await env.LEDGER.getByName(ada.principal.sub).kept(ada.principal, id as never)).toBeUndefined();
    expect(stage.arrivals).toEqual([]);
  });

  it("between the confirmation and the last click: nothing is sent", async () => {
    const confirmed = await back(await asked());
    await ada.revoke();
    expect((await resume(confirmed)).headers.get("location")).toMatch(SIGN_IN);
    expect(stage.arrivals).toEqual([]);
  });

  it("for a program: the session is over, whatever it had completed", async () => {
    const { id, bring, repeat } = await startedByProgram();
    stage.settle(id, "CHALLENGE_SUCCEEDED", "PASSKEY");
    expect((await bring()).status).toBe(200);
    await ada.revoke();
    expect(await refusalOf(await repeat())).toEqual([401, "session_revoked"]);
    expect(stage.arrivals).toEqual([]);
  });

  it.each(["ALLOW", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"] as const)(
    "while Authsignal is being asked and says %s: nothing is kept or sent",
    async (state) => {
      stage.state = state;
      stage.whileAsked = () => ada.revoke();
      const shown = await ada.navigate("/transfer", { form: FORM });
      expect([shown.status >= 300, shown.text.includes("Confirm that")]).toEqual([true, false]);
      expect(stage.arrivals).toEqual([]);
    },
  );
});

describe("a policy that changes meanwhile", () => {
  it.each([
    ["denies", { require: "deny" }, 403, "denied"],
    ["asks for another action", policyWith({ action: "other" }), 410, "challenge_ended"],
    ["counts other methods", policyWith({ methods: ["SMS"] }), 403, "challenge_refused"],
    ["asks for the age of the authenticator", policyWith({ factorAge: "1h" }), 403, "challenge_refused"],
    [
      "asks for a group that the person is not in",
      policyWith({ signIn: { groups: ["staff"] } }),
      403,
      "not_permitted",
    ],
  ] as const)("and %s: what was confirmed is not sent", async (_what, changed, status, code) => {
    const confirmed = await back(await asked());
    stage.usePolicy(
      "require" in changed
        ? {
            version: 1,
            default: { require: "sign-in" },
            routes: [{ id: "no", match: { path: "/transfer" }, require: "deny" }],
          }
        : changed,
    );
    const refused = await resume(confirmed);
    expect([refused.status, refused.text.includes(`<code>${code}</code>`)]).toEqual([status, true]);
    expect(stage.arrivals).toEqual([]);
  });

  it("and asks for less: what was confirmed is sent", async () => {
    const confirmed = await back(await asked());
    stage.usePolicy({ version: 1, default: { require: "sign-in" }, routes: [] });
    expect((await resume(confirmed)).text).toBe("ok");
    expect(stage.arrivals).toHaveLength(1);
  });

  it("and counts other methods: a program's proof stays one, for the day that it counts again", async () => {
    const { id, bring, repeat } = await startedByProgram();
    stage.settle(id, "CHALLENGE_SUCCEEDED", "PASSKEY");
    await bring();
    stage.usePolicy(policyWith({ methods: ["SMS"] }));
    const refused = await repeat();
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      code: "challenge_refused",
      detail: "This needs a code by text message. Please start again.",
      methods: ["SMS"],
    });
    stage.usePolicy(policyWith({}));
    expect((await repeat()).status).toBe(200);
    expect(stage.arrivals).toHaveLength(1);
  });

  it("and takes no reviews any more: what a review let through is sent, and once asks for a proof", async () => {
    stage.state = "REVIEW_REQUIRED";
    const waiting = await ada.navigate("/transfer", { form: FORM });
    stage.settle(challengeOn(waiting), "REVIEW_SUCCEEDED");
    await ada.passTime(10_000);
    const passed = await ada.navigate(waiting.url.pathname);
    expect(passed.title).toBe("The review has let this through");
    stage.usePolicy(policyWith({ fresh: "once", review: "deny" }));
    expect((await resume(passed)).text).toContain("<code>challenge_refused</code>");
    expect(stage.arrivals).toEqual([]);
    stage.usePolicy(policyWith({ review: "deny" }));
    expect((await resume(passed)).text).toBe("ok");
  });
});

describe("a request that was sent", () => {
  it("and of which nobody hears again: after a while the person is told, and sends it once more by hand", async () => {
    stage.answer = () => Promise.reject(new Error("the connection broke"));
    const id = await asked();
    const told = await resume(await back(id));
    expect([told.status, told.title]).toEqual([502, "We cannot tell whether this was done"]);
    stage.answer = async () => new Response("ok");
    const page = `/.sallyport/challenges/${id}`;
    const again = await Promise.all(
      Array.from({ length: PARALLEL }, () => ada.navigate(`${page}/again`, { form: "" })),
    );
    const [ready] = again.filter(({ title }) => title === "Confirmed");
    if (ready === undefined) {
      throw new Error("nothing can be sent again");
    }
    const sent = await Promise.all(Array.from({ length: PARALLEL }, () => resume(ready)));
    expect(sent.filter(({ text }) => text === "ok")).toHaveLength(1);
    expect(stage.arrivals).toHaveLength(2);
  });

  it("by an isolate that is gone is uncertain after its silence, also when the ledger moved meanwhile", async () => {
    const id = await asked();
    await back(id);
    const ledger = env.LEDGER.getByName(ada.principal.sub);
    await ledger.consume(ada.principal, id as never, "ticket"); // and then the isolate ended
    const page = `/.sallyport/challenges/${id}`;
    expect((await ada.navigate(page)).title).toBe("This is done");
    await evictDurableObject(ledger);
    await ada.passTime(DELIVERY_SILENCE_MS);
    const told = await ada.navigate(page);
    expect([told.status, told.title]).toEqual([502, "We cannot tell whether this was done"]);
    expect((await ada.navigate(`${page}/again`, { form: "" })).title).toBe("Confirmed");
  });

  it("is sent by one of thirty last clicks at once", async () => {
    const confirmed = await back(await asked());
    const shown = await Promise.all(Array.from({ length: PARALLEL }, () => resume(confirmed)));
    expect(shown.filter(({ text }) => text === "ok")).toHaveLength(1);
    expect(shown.filter(({ title }) => title === "This is done")).toHaveLength(PARALLEL - 1);
    expect(stage.arrivals).toHaveLength(1);
  });
});

describe("people and places", () => {
  it("another person gets nothing of it, with the same link and the same ticket", async () => {
    const id = await asked();
    const confirmed = await back(id);
    const eve = await stage.newPerson();
    for (const path of [`/.sallyport/challenges/${id}`, wayBack(id)]) {
      const shown = await eve.navigate(path);
      expect([shown.status, shown.text.includes("1500")]).toEqual([404, false]);
    }
    const form = `sallyport-ticket=${ticketOn(confirmed)}`;
    expect((await eve.navigate("/transfer", { form })).status).toBe(404);
    expect(stage.arrivals).toEqual([]);
  });

  it("a script of another site starts a challenge only where its origin is granted", async () => {
    stage.usePolicy(
      policyWith({
        match: { methods: ["GET"], path: "/record" },
        attributes: {},
        summary: [],
        review: "deny",
      }),
    );
    const by = async (origin: string) => {
      const headers = { Origin: origin, "Sec-Fetch-Site": "same-site" };
      const answer = await (await ada.call("/record", { headers })).json<{ challenge?: object }>();
      return answer.challenge !== undefined;
    };
    expect(await by("https://evil.example.com")).toBe(false);
    expect(stage.asked).toEqual([]);
    expect(await by(GRANTED)).toBe(true);
  });

  it("a page that was confirmed is shown anew by a reload, which is a view like any other", async () => {
    stage.usePolicy(
      policyWith({ match: { methods: ["GET"], path: "/record" }, attributes: {}, summary: [], fresh: "5m" }),
    );
    const confirmed = await back(challengeOn(await ada.navigate("/record")));
    const reload = () => ada.navigate("/record", { form: `sallyport-ticket=${ticketOn(confirmed)}` });
    expect([(await reload()).text, (await reload()).text]).toEqual(["ok", "ok"]);
    expect(stage.arrivals).toEqual([
      { method: "GET", path: "/record", body: "" },
      { method: "GET", path: "/record", body: "" },
    ]);
    expect(stage.asked).toHaveLength(1);
  });
});
