import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { challengeOn, newStage, policyWith, wayBack, type Person, type Stage } from "./stage.ts";

let stage: Stage;
let ada: Person;
afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  stage = await newStage();
  ada = await stage.newPerson();
});

/** What one request asks of Authsignal and of the ledger. */
async function costOf(work: () => Promise<unknown>) {
  const before = stage.asked.length;
  stage.ledgerCalls.length = 0;
  await work();
  return { authsignal: stage.asked.length - before, ledger: [...stage.ledgerCalls] };
}

const transfer = () =>
  ada.call("/transfer", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"amount":1500}',
  });

describe("a sensitive request costs", () => {
  it.each([
    ["ALLOW", ["open", "drop"], 200],
    ["CHALLENGE_REQUIRED", ["open", "pend"], 401],
    ["BLOCK", ["open", "drop"], 403],
  ] as const)(
    "one question to Authsignal and two ledger calls, where it says %s",
    async (state, ledger, status) => {
      stage.state = state;
      let answered = 0;
      const cost = await costOf(async () => {
        answered = (await transfer()).status;
      });
      expect([answered, cost]).toEqual([status, { authsignal: 1, ledger }]);
    },
  );

  it("no question to Authsignal and one ledger call, where a step-up is fresh enough", async () => {
    stage.usePolicy(policyWith({ fresh: "5m", acceptsOpenAmount: true }));
    const id = challengeOn(await ada.navigate("/transfer", { form: "amount=1500" }));
    stage.settle(id, "CHALLENGE_SUCCEEDED", "PASSKEY");
    await ada.navigate(wayBack(id), { site: "cross-site" });
    let answered = 0;
    const cost = await costOf(async () => {
      answered = (await transfer()).status;
    });
    expect([answered, cost]).toEqual([200, { authsignal: 0, ledger: ["covered"] }]);
  });

  it("an ordinary one neither, once its session was looked up", async () => {
    await ada.call("/balance");
    expect(await costOf(() => ada.call("/balance"))).toEqual({ authsignal: 0, ledger: [] });
  });
});
