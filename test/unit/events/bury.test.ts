import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import { alertSender, type Alert } from "../../../src/events/alert.ts";
import type { DeadLetterOffice } from "../../../src/events/dead-letters.ts";
import { bury } from "../../../workers/webhooks/bury.ts";
import { EVENT_TIME_MS, readOne, wireEvent } from "./fixtures.ts";

type Letter = Parameters<DeadLetterOffice["bury"]>[1];

/** The consumer of the dead-letter queue, with an office and an alert URL that can be out. */
function world() {
  const outcomes: ("acknowledged" | number)[] = [];
  const entries: AuditEntry[] = [];
  const letters = new Map<string, Letter & { readonly burial: number }>();
  const out = { office: false, alerts: false };
  const arrived: Alert[] = [];
  const buried = new Set<string>();
  let burials = 0;
  const receiver = {
    sendAlert: alertSender({
      url: "https://alerts.example",
      nowMs: () => EVENT_TIME_MS,
      token: undefined,
      fetch: async (url, init) => {
        if (!out.alerts) {
          arrived.push((await new Request(url, init).json()) as Alert); // our own
        }
        return new Response(null, { status: out.alerts ? 500 : 204 });
      },
    }),
    record: (entry: AuditEntry) => entries.push(entry),
    nowMs: () => EVENT_TIME_MS,
  };
  const office: Pick<DeadLetterOffice, "bury"> = {
    async bury(messageId, letter) {
      if (out.office) {
        throw new Error("the office is out");
      }
      const there = letters.get(letter.id);
      if (there === undefined && buried.has(messageId)) {
        return undefined;
      }
      buried.add(messageId);
      const burial = there?.burial ?? (burials += 1);
      letters.set(letter.id, { ...letter, burial });
      return { burial, isNew: there === undefined };
    },
  };
  /** Gives what became of one message: acknowledged, or the seconds to its next try. */
  async function run(id: string, body: unknown, attempts = 1): Promise<unknown> {
    const message = {
      id,
      body,
      attempts,
      ack: () => outcomes.push("acknowledged"),
      retry: ({ delaySeconds }: { readonly delaySeconds: number }) => outcomes.push(delaySeconds),
    };
    await bury({ messages: [message] }, receiver, office);
    return outcomes.at(-1);
  }
  return { run, out, letters, arrived, entries };
}

const eventNamed = (id: string) => readOne(wireEvent({ id }));

describe("burying", () => {
  it("waits longer from one try to the next while the office is out", async () => {
    const { run, out, letters, arrived } = world();
    const event = await eventNamed("one");
    out.office = true;
    expect([await run("m1", event, 1), await run("m1", event, 2), await run("m1", event, 100)]).toEqual([
      60, 120, 14_400,
    ]);
    expect([letters.size, arrived.length]).toEqual([0, 0]);
    out.office = false;
    expect(await run("m1", event, 101)).toBe("acknowledged");
    expect([[...letters.keys()], arrived.map(({ reaction }) => reaction)]).toEqual([
      ["one"],
      ["dead-letter"],
    ]);
  });

  it("is not over before the alert arrived; the letter is kept and recorded once meanwhile", async () => {
    const { run, out, letters, arrived, entries } = world();
    const event = await eventNamed("one");
    out.alerts = true;
    expect([await run("m1", event, 1), await run("m1", event, 2)]).toEqual([60, 120]);
    expect(letters.size).toBe(1);
    out.alerts = false;
    expect(await run("m1", event, 3)).toBe("acknowledged");
    expect(arrived).toHaveLength(1);
    expect(entries).toEqual([{ event: "event_dead", requestId: "one", reason: event.type, sub: event.sub }]);
  });

  it("raises one alert however often the same burial comes", async () => {
    const { run, arrived } = world();
    const event = await eventNamed("one");
    await run("m1", event, 1);
    await run("m1", event, 2);
    expect(arrived).toHaveLength(1);
  });

  it("raises another alert when an event dies again after its replay", async () => {
    const { run, letters, arrived } = world();
    const event = await eventNamed("one");
    await run("m1", event);
    letters.delete("one");
    await run("m2", event);
    expect(arrived.map(({ id }) => id)).toEqual(["one/dead-letter/1", "one/dead-letter/2"]);
  });

  it.each([null, "text", 7, { kind: "of another version" }])(
    "keeps a message that is no event as it is: %j",
    async (body) => {
      const { run, letters, arrived } = world();
      expect(await run("m1", body)).toBe("acknowledged");
      expect([...letters.values()]).toEqual([
        { id: "m1", type: "unreadable", sub: undefined, message: body, burial: 1 },
      ]);
      expect(arrived).toMatchObject([{ id: "m1/dead-letter/1", type: "unreadable" }]);
    },
  );

  it("keeps with a message that it cannot read whom it is about, if that is a user's name", async () => {
    const { run, letters, entries } = world();
    await run("m1", { kind: "of another version", sub: "user-0123" });
    await run("m2", { kind: "of another version", sub: "../user" });
    expect([...letters.values()].map(({ sub }) => sub)).toEqual(["user-0123", undefined]);
    expect(entries).toEqual([
      { event: "event_dead", requestId: "m1", reason: "unreadable", sub: "user-0123" },
      { event: "event_dead", requestId: "m2", reason: "unreadable" },
    ]);
  });

  it("lets a letter rest that somebody dropped while its alert could not arrive", async () => {
    const { run, out, letters, arrived, entries } = world();
    const event = await eventNamed("one");
    out.alerts = true;
    expect(await run("m1", event)).toBe(60);
    letters.clear();
    out.alerts = false;
    expect(await run("m1", event, 2)).toBe("acknowledged");
    expect([letters.size, arrived.length, entries.length]).toEqual([0, 0, 1]);
    expect(await run("m2", event)).toBe("acknowledged");
    expect([letters.size, arrived.length, entries.length]).toEqual([1, 1, 2]);
  });
});
