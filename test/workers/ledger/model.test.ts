import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { fc } from "../../support/properties.ts";
import { expect, it } from "vitest";
import type { Ledger } from "../../../src/ledger/object.ts";
import type { ChallengeId, SessionFacts } from "../../../src/ledger/port.ts";
import { BINDING, challengeId, newLedger, opening, pending, signedIn, type LedgerStub } from "./fixtures.ts";
import { copyOf, LIFE_MS, newModel, stateNow, take, type Model, type Step } from "./model.ts";

const SESSIONS = 2;
const RUNS = 200;
const MAX_COMMANDS = 30;
/** Chosen so that no sum of them comes near a border: calls of the real ledger take some milliseconds. */
const JUMPS_MS = [1_000, 250_000, 700_000, 3_600_000];

/** Each run begins somewhere in it, so that what comes late is met often. */
const A_LIFE: readonly Step[] = [
  { do: "open", session: 0, kind: "step-up" },
  { do: "pend", nth: 0, to: "pending", kept: true, supersedes: undefined },
  { do: "settle", nth: 0, to: "succeeded" },
  { do: "consume", nth: 0, proof: "ticket" },
  { do: "finish", nth: 0, to: "uncertain" },
];

/** The real ledger, and what it calls the challenges that the model numbers. */
interface Real {
  readonly ledger: LedgerStub;
  readonly ids: ChallengeId[];
  readonly owners: SessionFacts[];
  readonly sessions: readonly SessionFacts[];
}

/** Asks the real ledger; gives the answer in the model's words. */
async function ask({ ledger, ids, owners, sessions }: Real, step: Step): Promise<unknown> {
  if (step.do === "revoke") {
    const { session } = factsOf(sessions, step.session);
    await ledger.revoke({ id: crypto.randomUUID(), scope: session, beforeMs: Date.now(), reason: "test" });
    return "revoked";
  }
  if (step.do === "open") {
    const facts = factsOf(sessions, step.session);
    const opened = opening({ kind: step.kind, lifeSeconds: LIFE_MS / 1000 });
    const answer = await ledger.open(facts, opened);
    if (answer.ok) {
      ids.push(opened.id);
      owners.push(facts);
    }
    return answer.ok ? "opened" : answer.reason;
  }
  const id = ids[step.nth] ?? challengeId();
  const facts = owners[step.nth] ?? factsOf(sessions, 0);
  switch (step.do) {
    case "drop":
      return ledger.drop(facts, id);
    case "pend": {
      const supersedes = step.supersedes === undefined ? undefined : (ids[step.supersedes] ?? challengeId());
      const kept = step.kept ? "sealed" : undefined;
      const view = await ledger.find(facts, id);
      const kind = view?.kind ?? "step-up";
      return (await ledger.pend(id, pending({ state: step.to, kind, kept, supersedes }))).ok;
    }
    case "settle":
      return ledger.settle(
        facts,
        id,
        step.to === "succeeded" ? { state: "succeeded", verificationMethod: "PASSKEY" } : { state: step.to },
      );
    case "consume": {
      const proof =
        step.proof === "ticket" ? step.proof : { binding: step.proof === "binding" ? BINDING : "no" };
      const consumed = await ledger.consume(facts, id, proof);
      return consumed.ok ? "ok" : consumed.reason === "revoked" ? "not_found" : consumed.reason;
    }
    case "finish":
      await ledger.finish(id, step.to);
      return undefined;
    case "sendAgain":
      return ledger.sendAgain(facts, id);
  }
}

function factsOf(sessions: readonly SessionFacts[], nth: number): SessionFacts {
  return sessions[nth] ?? signedIn();
}

/** What everybody can see of the real ledger. */
async function seen({ ledger, ids, owners }: Real) {
  return Promise.all(
    ids.map(async (id, nth) => {
      const view = await ledger.find(owners[nth] ?? signedIn(), id);
      return view === undefined ? "gone" : `${view.state}${keptMark(view.state, view.hasKept)}`;
    }),
  );
}

function expected(model: Model) {
  return model.challenges.map((one) => {
    const state = stateNow(model, one);
    return one.isGone ? "gone" : `${state}${keptMark(state, one.hasKept)}`;
  });
}

/** What an expired challenge keeps is forgotten some time or other. */
function keptMark(state: string, hasKept: boolean): string {
  return hasKept && state !== "expired" ? " kept" : "";
}

/** One call at a time. */
class Call implements fc.AsyncCommand<Model, Real> {
  readonly step: Step;
  constructor(step: Step) {
    this.step = step;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const answer = await ask(real, this.step);
    expect(answer).toEqual(take(model, this.step));
    expect(await seen(real)).toEqual(expected(model));
  }
  toString = () => JSON.stringify(this.step);
}

/** Some calls at once: what comes of them is what would come of them one after the other, in some order. */
class Race implements fc.AsyncCommand<Model, Real> {
  readonly steps: readonly Step[];
  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const answers = await Promise.all(this.steps.map((step) => ask(real, step)));
    const outcome = JSON.stringify([answers, await seen(real)], (_, value: unknown) => value ?? null);
    const possible = new Map<string, Model>();
    for (const order of ordersOf(this.steps.map((_, nth) => nth))) {
      const candidate = copyOf(model);
      const told: unknown[] = this.steps.map(() => null);
      for (const nth of order) {
        const step = this.steps[nth];
        told[nth] = step === undefined ? null : (take(candidate, step) ?? null);
      }
      possible.set(JSON.stringify([told, expected(candidate)]), candidate);
    }
    expect([...possible.keys()]).toContain(outcome);
    Object.assign(model, possible.get(outcome) ?? model);
  }
  toString = () => `at once: ${JSON.stringify(this.steps)}`;
}

/** Everything that happened moves into the past. */
class Pass implements fc.AsyncCommand<Model, Real> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    await runInDurableObject(real.ledger, (_: Ledger, { storage: { sql } }) => {
      sql.exec(
        `UPDATE challenge SET created_at_ms = created_at_ms - ?1, expires_at_ms = expires_at_ms - ?1,
           consumed_at_ms = consumed_at_ms - ?1`,
        this.ms,
      );
    });
    model.nowMs += this.ms;
    expect(await seen(real)).toEqual(expected(model));
  }
  toString = () => `${this.ms} ms later`;
}

/** The ledger's machine goes away, and the next call meets another. */
class Evict implements fc.AsyncCommand<Model, Real> {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    await real.ledger.standing(signedIn()); // only what runs can be evicted
    await evictDurableObject(real.ledger);
    expect(await seen(real)).toEqual(expected(model));
  }
  toString = () => "evicted";
}

function ordersOf(list: readonly number[]): number[][] {
  return list.length < 2
    ? [[...list]]
    : list.flatMap((first) => ordersOf(list.filter((one) => one !== first)).map((rest) => [first, ...rest]));
}

const nth = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 4 }) });
const session = fc.nat({ max: SESSIONS - 1 });
const open: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("open" as const),
  session,
  kind: fc.constantFrom("step-up" as const, "step-up" as const, "enrolment" as const, "review" as const),
});
const touch: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("pend" as const),
      nth,
      to: fc.constantFrom("pending" as const, "pending" as const, "succeeded" as const),
      kept: fc.boolean(),
      supersedes: fc.option(nth, { nil: undefined, freq: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      nth,
      to: fc.constantFrom(
        "succeeded" as const,
        "succeeded" as const,
        "cancelled" as const,
        "failed" as const,
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("consume" as const),
      nth,
      proof: fc.constantFrom("ticket" as const, "binding" as const, "other" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("finish" as const),
      nth,
      to: fc.constantFrom("delivered" as const, "uncertain" as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("sendAgain" as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), nth }) },
);
const revoke: fc.Arbitrary<Step> = fc.record({ do: fc.constant("revoke" as const), session });
const commands = [
  open.map((step) => new Call(step)),
  touch.map((step) => new Call(step)),
  touch.map((step) => new Call(step)),
  touch.map((step) => new Call(step)),
  fc
    .array(fc.oneof({ weight: 8, arbitrary: touch }, { weight: 1, arbitrary: revoke }), {
      minLength: 2,
      maxLength: 4,
    })
    .map((steps) => new Race(steps)),
  fc.constantFrom(...JUMPS_MS).map((ms) => new Pass(ms)),
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(new Evict()) },
    revoke.map((step) => new Call(step)),
  ),
];

it(
  "does what docs/step-up.md says, whatever is asked in whatever order, at once, late or after an eviction",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: A_LIFE.length }),
        fc.commands(commands, { maxCommands: MAX_COMMANDS }),
        async (lived, run) => {
          const sessions = Array.from({ length: SESSIONS }, (_, one) => signedIn(`session-${one}`));
          const model = newModel();
          const real: Real = { ledger: newLedger(), ids: [], owners: [], sessions };
          for (const step of A_LIFE.slice(0, lived)) {
            await new Call(step).run(model, real);
          }
          await fc.asyncModelRun(() => ({ model, real }), run);
        },
      ),
      { numRuns: RUNS },
    );
  },
);
