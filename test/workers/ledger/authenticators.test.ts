import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Sub } from "../../../src/identity/principal.ts";
import type { EventReactions } from "../../../src/ledger/event-reactions.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import { ROSTER_NAMES, rosterOf } from "../../../src/ledger/roster-port.ts";
import { finishEffects, countRows, newSub, opening, SEEN, signedIn, watched } from "./fixtures.ts";

const MINUTE_MS = 60_000;

const rosterFor = (sub: Sub) => env.ROSTER.getByName(rosterOf(sub));
const onRoster = async (sub: Sub) => (await rosterFor(sub).waiting(1_000)).some((one) => one.sub === sub);

let clockMs = Date.now();
/** Each later than the one before. */
const list = (ids: readonly string[], afterMs = 1) => {
  clockMs += afterMs;
  const authenticators = ids.map((id) => ({ id, method: "PASSKEY", createdAtMs: 1_000 }));
  return { askedAtMs: clockMs, authenticators };
};

function event(eventId: string, change: "created" | "deleted", id: string): EventReactions {
  return {
    eventId,
    reason: `authenticator.${change}`,
    atMs: Date.now(),
    idempotencyKey: undefined,
    authenticator: { id, change, method: "PASSKEY" },
    isQueued: true,
    takesLeases: true,
    reactions: [{ reaction: "any", threshold: undefined, effects: ["revoke-user"], outside: ["alert"] }],
  };
}
const changes = (differences: readonly { readonly id: string; readonly change: string }[]) =>
  differences.map(({ id, change }) => `${change} ${id}`);

describe("the roster", () => {
  it("hears of a user by a sign-in, and by a challenge", async () => {
    const { sub } = await watched();
    expect(await onRoster(sub)).toBe(true);
    const other = newSub();
    await env.LEDGER.getByName(other).open(signedIn(), opening());
    await vi.waitFor(async () => expect(await onRoster(other)).toBe(true));
  });

  it("hears of one user at most once an hour", async () => {
    const { sub, ledger } = await watched();
    await rosterFor(sub).forget(sub);
    await ledger.open(signedIn(), opening());
    await ledger.standing(signedIn(), SEEN);
    expect(await onRoster(sub)).toBe(false);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`UPDATE roster_note SET at_ms = at_ms - ?`, 61 * MINUTE_MS);
    });
    await ledger.open(signedIn(), opening());
    await vi.waitFor(async () => expect(await onRoster(sub)).toBe(true));
  });

  it("has a shard for every user", () => {
    expect(new Set(Array.from({ length: 500 }, () => rosterOf(newSub())))).toEqual(new Set(ROSTER_NAMES));
  });

  it("forgets a user with the ledger", async () => {
    const { sub, ledger } = await watched();
    await ledger.compareAuthenticators(list(["one"]));
    const { erased } = await ledger.forget();
    expect(erased).toMatchObject({ authenticator: 1, comparison: 1, roster_note: 1 });
    expect(await onRoster(sub)).toBe(false);
    // A run that was under way brings nothing back.
    expect(await ledger.compareAuthenticators(list(["one"]))).toEqual([]);
    expect(await countRows(ledger, "authenticator")).toBe(0);
  });
});

describe("a comparison", () => {
  it("takes the first list as given, then finds what came and went, until an event says so", async () => {
    const { ledger } = await watched();
    expect(await ledger.compareAuthenticators(list(["one", "two"]))).toEqual([]);
    const expected = ["created three", "deleted one"];
    expect(changes(await ledger.compareAuthenticators(list(["two", "three"])))).toEqual(expected);
    expect(changes(await ledger.compareAuthenticators(list(["two", "three"])))).toEqual(expected);
    await ledger.react([event("e-1", "deleted", "one"), event("e-2", "created", "three")]);
    expect(await ledger.compareAuthenticators(list(["two", "three"]))).toEqual([]);
  });

  it("finds in the first list already that something is gone that an event had added", async () => {
    const { ledger } = await watched();
    await ledger.react([event("e-1", "created", "one")]);
    expect(changes(await ledger.compareAuthenticators(list(["two"], MINUTE_MS)))).toEqual(["deleted one"]);
  });

  it("does not take an authenticator for deleted that was added while the question was under way", async () => {
    const { ledger } = await watched();
    await ledger.compareAuthenticators({ ...list(["one"]), askedAtMs: Date.now() - MINUTE_MS });
    const asked = { ...list(["one"]), askedAtMs: Date.now() };
    await ledger.react([event("e-1", "created", "two")]);
    expect(await ledger.compareAuthenticators(asked)).toEqual([]);
  });

  it("leaves an answer alone that is older than one it has seen", async () => {
    const { ledger } = await watched();
    const old = list(["one", "two"]);
    await ledger.compareAuthenticators(list(["one"]));
    expect(await ledger.compareAuthenticators(old)).toEqual([]);
  });

  it("believes an empty list when a look a minute later finds the same", async () => {
    const { ledger } = await watched();
    await ledger.compareAuthenticators(list(["one", "two"]));
    expect(await ledger.compareAuthenticators(list([]))).toEqual([]);
    expect(await ledger.compareAuthenticators(list([], 1_000))).toEqual([]);
    expect(await ledger.compareAuthenticators(list(["one", "two"], MINUTE_MS))).toEqual([]);
    expect(await ledger.compareAuthenticators(list([], MINUTE_MS))).toEqual([]);
    const sure = await ledger.compareAuthenticators(list([], MINUTE_MS));
    expect(changes(sure)).toEqual(["deleted one", "deleted two"]);
  });

  it("finds what an event said that never came out of the queue, under that event's id, until it does", async () => {
    const { ledger } = await watched();
    const halfway = (one: EventReactions) => ({ ...one, isQueued: false });
    const [gone, added] = [event("e-1", "deleted", "one"), event("e-2", "created", "two")];
    await ledger.compareAuthenticators(list(["one"]));
    await ledger.react([halfway(gone), halfway(added)]);
    const found = await ledger.compareAuthenticators(list(["two"]));
    expect(changes(found)).toEqual(["created two", "deleted one"]);
    expect(found.map(({ saidBy }) => saidBy)).toEqual(["e-2", "e-1"]);
    expect(found.every(({ createdAtMs }) => Math.abs(Date.now() - createdAtMs) < MINUTE_MS)).toBe(true);
    await ledger.react([gone, added]);
    await ledger.react([halfway(gone)]); // delivered again
    expect(await ledger.compareAuthenticators(list(["two"]))).toEqual([]);
  });

  it("begins anew once what it knew is swept", async () => {
    const { ledger } = await watched();
    await ledger.compareAuthenticators(list(["one"]));
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      for (const table of ["comparison", "authenticator"]) {
        storage.sql.exec(`UPDATE ${table} SET at_ms = 1`);
      }
    });
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "authenticator")).toBe(0);
    expect(await ledger.compareAuthenticators(list(["two"]))).toEqual([]);
  });
});

describe("an event of an authenticator", () => {
  const fires = async (ledger: ReturnType<typeof env.LEDGER.getByName>, one: EventReactions) => {
    const [outcomes] = await ledger.react([one]);
    return outcomes?.map((outcome) => [outcome.fires, outcome.applied.length, outcome.pending.length]);
  };

  it("is acted on once, whichever id says it first; the same id again may finish what is left", async () => {
    const { ledger } = await watched();
    expect(await fires(ledger, event("catch-up:deleted:one", "deleted", "one"))).toEqual([[true, 1, 1]]);
    expect(await fires(ledger, event("webhook", "deleted", "one"))).toEqual([[false, 0, 0]]);
    await finishEffects(ledger, { done: [], failed: ["alert:catch-up:deleted:one/any"] });
    expect(await fires(ledger, event("catch-up:deleted:one", "deleted", "one"))).toEqual([[true, 0, 1]]);
  });

  it("is acted on when it comes late, and brings nothing back that is deleted", async () => {
    const { ledger } = await watched();
    await ledger.compareAuthenticators(list(["one", "two"]));
    expect(await fires(ledger, event("webhook-1", "created", "two"))).toEqual([[true, 1, 1]]);
    expect(await fires(ledger, event("webhook-2", "deleted", "three"))).toEqual([[true, 1, 1]]);
    expect(await fires(ledger, event("webhook-3", "created", "three"))).toEqual([[true, 1, 1]]);
    expect(await ledger.compareAuthenticators(list(["one", "two", "three"]))).toEqual([]);
  });

  it("with an id that cannot be followed is acted on all the same", async () => {
    const { ledger } = await watched();
    expect(await fires(ledger, event("e-1", "deleted", "a b/c"))).toEqual([[true, 1, 1]]);
    expect(await countRows(ledger, "authenticator")).toBe(0);
  });
});
