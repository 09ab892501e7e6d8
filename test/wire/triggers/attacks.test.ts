import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ALICE, MALLORY, NEWT } from "../../support/users.ts";
import { Attempt, signInWithPassword, type Standing } from "./attempt.ts";
import { startLossy, startNaive, triggersAt } from "./naive.ts";
import {
  approveByEmail,
  AUTHSIGNAL_SECRET,
  MFA,
  PASSWORDLESS,
  PREBUILT,
  type Stage,
  startStage,
  steer,
} from "./stage.ts";

/** Each attack is tried on triggers as one would write them at first, where it succeeds, and on Sallyport's. */
describe("attacks on a sign-in through Authsignal", () => {
  let stage: Stage;
  let naive: Awaited<ReturnType<typeof startNaive>>;
  beforeAll(async () => {
    stage = await startStage();
    naive = await startNaive(stage.authsignal, AUTHSIGNAL_SECRET);
  });
  beforeEach(() => stage.cognito.setTriggers(stage.triggers));
  afterEach(() => steer(stage.authsignal, "PUT", "faults", []));
  afterAll(() => Promise.all([stage.close(), naive.close()]));

  const useNaive = (): void => stage.cognito.setTriggers(naive.triggers);
  const attempt = (username = "alice", clientId = PASSWORDLESS): Attempt =>
    new Attempt(stage.cognito, clientId, username);
  const actions = async (actionCode: string) =>
    ((await steer(stage.authsignal, "GET", "actions")) as { actionCode: string; idempotencyKey: string }[]) // its documented shape
      .filter((action) => action.actionCode === actionCode);

  describe("the result of another sign-in", () => {
    /** Alice signs in; what her browser got becomes known to Eve, who begins a sign-in of her own. */
    const attack = async (): Promise<Standing> => {
      const alice = attempt();
      const { asked } = await alice.begin();
      const stolen = await approveByEmail(stage, asked["token"] ?? "", ALICE.email);
      expect((await alice.answer(stolen)).signedIn).toBe(true);
      const eve = attempt();
      await eve.begin();
      return eve.answer(stolen);
    };

    it("gets into naive triggers, not into these", async () => {
      expect((await attack()).signedIn).toBe(false);
      useNaive();
      expect((await attack()).signedIn).toBe(true);
    });
  });

  describe("a challenge that the victim approves", () => {
    /** Eve begins, Alice follows the link and confirms; Eve answers with the token she has had from the start. */
    const attack = async (): Promise<Standing> => {
      const eve = attempt();
      const { asked } = await eve.begin();
      await approveByEmail(stage, asked["token"] ?? "", ALICE.email);
      return eve.answer(asked["token"] ?? "");
    };

    it("gets into naive triggers, not into these", async () => {
      expect((await attack()).signedIn).toBe(false);
      useNaive();
      expect((await attack()).signedIn).toBe(true);
    });
  });

  describe("ALLOW for somebody who never enrolled", () => {
    it("without a password: gets into naive triggers, not into these", async () => {
      const attack = async (): Promise<Standing> => {
        const eve = attempt("newt", PREBUILT);
        const { asked, refused } = await eve.begin();
        return refused === undefined ? eve.answer(asked["token"] ?? "") : eve.start();
      };
      expect((await attack()).signedIn).toBe(false);
      useNaive();
      expect((await attack()).signedIn).toBe(true);
    });

    it("with a stolen password: gets into naive triggers, not into these", async () => {
      const attack = (): Promise<Standing> =>
        signInWithPassword(stage.cognito, MFA, NEWT, (asked) =>
          Promise.resolve({ answer: asked["token"] ?? "ready" }),
        );
      expect(await attack()).toMatchObject({
        signedIn: false,
        refused: "CreateAuthChallenge failed with error enrolment_required.",
      });
      useNaive();
      expect((await attack()).signedIn).toBe(true);
    });
  });

  describe("a second factor alone", () => {
    /** The client asks for a password first, and Eve begins without one. The rules let Alice's device pass. */
    const attack = async (): Promise<Standing> => {
      await steer(stage.authsignal, "PUT", "actions/sign-in", { defaultOutcome: "ALLOW" });
      await steer(stage.authsignal, "PUT", "actions/mfa", { defaultOutcome: "ALLOW" });
      const eve = attempt("alice", MFA);
      const { asked, refused } = await eve.begin();
      const standing = refused === undefined ? await eve.answer(asked["token"] ?? "") : undefined;
      return standing ?? { signedIn: false, asked, refused, accessToken: undefined };
    };
    afterEach(async () => {
      await steer(stage.authsignal, "PUT", "actions/sign-in", { defaultOutcome: "CHALLENGE" });
      await steer(stage.authsignal, "PUT", "actions/mfa", { defaultOutcome: "CHALLENGE" });
    });

    it("gets into naive triggers, not into these", async () => {
      expect(await attack()).toMatchObject({ signedIn: false, refused: "Incorrect username or password." });
      useNaive();
      expect((await attack()).signedIn).toBe(true);
    });
  });

  describe("a wrong password that the pool leaves to DefineAuthChallenge", () => {
    const attack = (): Promise<Standing> =>
      signInWithPassword(stage.cognito, MFA, { ...NEWT, password: "Wrong-Horse-1" }, (asked) =>
        Promise.resolve({ answer: asked["token"] ?? "ready" }),
      );
    const settings = (changes: object) =>
      fetch(`${stage.cognito.domain}/control/settings`, { method: "PATCH", body: JSON.stringify(changes) });
    beforeEach(() => settings({ wrongPasswordEndsCustomAuth: false }));
    afterEach(() => settings({ wrongPasswordEndsCustomAuth: true }));

    it("gets into naive triggers, not into these", async () => {
      expect(await attack()).toMatchObject({ signedIn: false, refused: "Incorrect username or password." });
      useNaive();
      expect((await attack()).signedIn).toBe(true);
    });
  });

  describe("wrong answers without end", () => {
    const attack = async (): Promise<number> => {
      const eve = attempt();
      let standing = await eve.begin();
      let rounds = 0;
      while (standing.refused === undefined && rounds < 10) {
        // oxlint-disable-next-line no-await-in-loop
        standing = await eve.answer("wrong");
        rounds += 1;
      }
      return rounds;
    };

    it("go on at naive triggers, and end at the third at these", async () => {
      expect(await attack()).toBe(3);
      useNaive();
      expect(await attack()).toBe(10);
    });
  });

  describe("somebody whom the rules block", () => {
    beforeAll(() =>
      steer(stage.authsignal, "PUT", "rules/sign-in/blocked", {
        name: "Blocked",
        priority: 0,
        type: "BLOCK",
        conditions: { "==": [{ var: "user.userId" }, MALLORY.sub] },
      }),
    );

    it("is handed a token by naive triggers, and none that is one by these", async () => {
      /** What a token is good for in a stranger's hands: the addresses of the user's authenticators. */
      const opens = async (token: string | undefined): Promise<boolean> =>
        (
          await fetch(`${stage.authsignal.url}/v1/client/user-authenticators`, {
            headers: { authorization: `Bearer ${token ?? ""}` },
          })
        ).ok;
      expect((await attempt("mallory", PREBUILT).begin()).refused).toBe(
        "CreateAuthChallenge failed with error blocked.",
      );
      const hidden = await attempt("mallory").begin();
      expect(hidden.asked["step"]).toBe("challenge");
      expect(await opens(hidden.asked["token"])).toBe(false);
      useNaive();
      const { asked } = await attempt("mallory").begin();
      expect(asked).toMatchObject({ state: "BLOCK", token: expect.any(String) });
      expect(await opens(asked["token"])).toBe(true);
    });
  });

  describe("a trigger that Cognito calls again because its answer was lost", () => {
    const attack = async (url: string): Promise<number> => {
      const lossy = await startLossy(url, ["create-auth-challenge", "verify-auth-challenge-response"]);
      stage.cognito.setTriggers(triggersAt(lossy.url));
      const before = (await actions("sign-in")).length;
      const alice = attempt();
      const { asked } = await alice.begin();
      const first = asked["token"] ?? "";
      const standing = await alice.answer(await approveByEmail(stage, first, ALICE.email));
      expect(standing.signedIn).toBe(true);
      await lossy.close();
      expect(lossy.lost()).toBe(2);
      return (await actions("sign-in")).length - before;
    };

    it("makes two actions at naive triggers, one at these, and the sign-in goes on", async () => {
      expect(await attack(stage.lambda.url)).toBe(1);
      expect(await attack(naive.url)).toBe(2);
    });

    it("is asked for once when the call that asks Authsignal is the one that is lost", async () => {
      const alice = attempt();
      await alice.start();
      const lossy = await startLossy(stage.lambda.url, ["create-auth-challenge"]);
      stage.cognito.setTriggers(triggersAt(lossy.url));
      const before = (await actions("sign-in")).length;
      const { asked } = await alice.answer("ready");
      expect(asked["step"]).toBe("challenge");
      expect(lossy.lost()).toBe(1);
      expect((await actions("sign-in")).length - before).toBe(1);
      await lossy.close();
    });
  });

  describe("Authsignal that does not answer", () => {
    it("leaves naive triggers hanging past Cognito's five seconds; these answer inside four", async () => {
      const alice = attempt();
      await alice.start();
      await steer(stage.authsignal, "PUT", "faults", [{ endpoint: "*", kind: "hang" }]);
      const hanging = fetch(`${naive.url}/2015-03-31/functions/create-auth-challenge/invocations`, {
        method: "POST",
        body: JSON.stringify({
          triggerSource: "CreateAuthChallenge_Authentication",
          request: { userAttributes: { sub: ALICE.sub } },
        }),
        signal: AbortSignal.timeout(5_000),
      });
      const startedMs = performance.now();
      const { refused } = await alice.answer("ready");
      expect(refused).toBe("CreateAuthChallenge failed with error sign_in_unavailable.");
      expect(performance.now() - startedMs).toBeLessThan(4_500); // four seconds, and the way there and back
      await expect(hanging).rejects.toMatchObject({ name: "TimeoutError" });
    });

    it("is not waited for longer by Verify", async () => {
      const alice = attempt();
      const { asked } = await alice.begin();
      const token = await approveByEmail(stage, asked["token"] ?? "", ALICE.email);
      await steer(stage.authsignal, "PUT", "faults", [{ endpoint: "validate", kind: "hang" }]);
      const startedMs = performance.now();
      const { refused } = await alice.answer(token);
      expect(refused).toBe("VerifyAuthChallengeResponse failed with error sign_in_unavailable.");
      expect(performance.now() - startedMs).toBeLessThan(4_500);
    });

    it.each([
      ["rate-limit", "sign_in_throttled"],
      ["status", "sign_in_unavailable"],
      ["html", "sign_in_unavailable"],
      ["garbage", "sign_in_unavailable"],
      ["reset", "sign_in_unavailable"],
    ])("is named to the client: %s is %s", async (kind, code) => {
      const alice = attempt();
      await alice.start();
      await steer(stage.authsignal, "PUT", "faults", [{ endpoint: "*", kind }]);
      expect((await alice.answer("ready")).refused).toBe(`CreateAuthChallenge failed with error ${code}.`);
    });
  });

  describe("names that nobody has", () => {
    const shapeOf = (parameters: Readonly<Record<string, string>>) =>
      Object.entries(parameters)
        .filter(([name]) => name !== "USERNAME")
        .map(([name, value]) => [name, value.split(".").map((part) => part.length)]);

    it("cannot be told from others by what Cognito answers", async () => {
      const somebody = await attempt("alice").begin();
      const nobody = attempt("nobody");
      const asked = await nobody.begin();
      expect(shapeOf(asked.asked)).toEqual(shapeOf(somebody.asked));
      expect((await nobody.answer("wrong")).asked["step"]).toBe("challenge");
      expect((await nobody.answer("wrong")).asked["step"]).toBe("challenge");
      expect((await nobody.answer("wrong")).refused).toBe("Incorrect username or password.");
    });

    it("fill no list at Authsignal", async () => {
      const users = async () =>
        new Set((await actions("sign-in")).map((action) => action.idempotencyKey)).size;
      await attempt("nobody-0").begin();
      const before = await users();
      await Promise.all(["nobody-1", "nobody-2", "nobody-3"].map((name) => attempt(name).begin()));
      expect(await users()).toBe(before);
    });
  });
});
