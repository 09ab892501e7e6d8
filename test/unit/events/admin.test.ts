import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import { floodBrake } from "../../../src/events/brake.ts";
import { administer, type AdminContext } from "../../../workers/webhooks/admin.ts";

const LETTER = {
  id: "one",
  type: "authenticator.deleted",
  sub: undefined,
  buriedAtMs: 0,
  reasons: [],
  message: { id: "one" },
};

/** The admin endpoint, with what it did to queue and office in order. */
function world(
  options: { readonly queueFails?: boolean; catchUp?: "off" | "no-policy"; readonly next?: number } = {},
) {
  const entries: AuditEntry[] = [];
  const did: string[] = [];
  let nowMs = 0;
  const context: AdminContext = {
    administrators: {
      keys: { find: async (presented) => (presented === "the-key" ? "current" : undefined) },
      people: undefined,
    },
    brake: floodBrake(() => nowMs),
    office: {
      bury: async () => ({ burial: 1, isNew: true }),
      noteReasons: async () => undefined,
      async list(after) {
        did.push(`list ${after}`);
        return { letters: [LETTER], next: options.next };
      },
      find: async (id) => (id === LETTER.id ? LETTER : undefined),
      async drop(id) {
        did.push(`drop ${id}`);
        return true;
      },
      forget: async () => 0,
      countUnknown: async () => undefined,
      unknownTypes: async () => [],
    },
    queue: {
      async send(message) {
        if (options.queueFails === true) {
          throw new Error("the queue is out");
        }
        did.push(`send ${JSON.stringify(message)}`);
      },
    },
    catchUp: async () => options.catchUp ?? "off",
    record: (entry) => entries.push(entry),
  };
  async function ask(path: string, method = "GET", key = "the-key") {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await administer(
      new Request(`https://hooks.example${path}`, { method, headers }),
      context,
    );
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  }
  return { ask, did, entries, setTime: (ms: number) => (nowMs = ms) };
}

describe("a replay", () => {
  it("queues the message before it drops the letter", async () => {
    const { ask, did } = world();
    expect((await ask("/admin/events/one/replay", "POST")).status).toBe(200);
    expect(did).toEqual([`send {"id":"one"}`, "drop one"]);
  });

  it("keeps the letter when the queue refuses the message, and says so", async () => {
    const { ask, did, entries } = world({ queueFails: true });
    expect(await ask("/admin/events/one/replay", "POST")).toMatchObject({
      status: 503,
      json: { code: "not_durable" },
    });
    expect(did).toEqual([]);
    expect(entries).toMatchObject([{ event: "event_refused", reason: "one not replayed: not_durable" }]);
  });
});

describe("the list", () => {
  it("says where the next page begins, while there is one", async () => {
    expect((await world({ next: 100 }).ask("/admin/events")).json["next"]).toBe("100");
    expect((await world().ask("/admin/events")).json).not.toHaveProperty("next");
  });

  it("goes on where it is told to, and refuses what no page ever said", async () => {
    const { ask, did } = world();
    await ask("/admin/events");
    await ask("/admin/events?after=100");
    for (const after of ["one", "-1", "1e3", "", "9".repeat(16)]) {
      expect([after, (await ask(`/admin/events?after=${after}`)).status]).toEqual([after, 400]);
    }
    expect(did).toEqual(["list 0", "list 100"]);
  });
});

describe("a flood of refusals", () => {
  it("is answered one by one, and recorded as far as a person could read it", async () => {
    const { ask, entries, setTime } = world();
    for (let count = 0; count < 100; count += 1) {
      expect((await ask("/admin/events", "GET", "guessed")).status).toBe(401);
    }
    expect(entries).toHaveLength(21);
    expect(entries[0]).toMatchObject({ event: "refused", reason: "admin: refused" });
    expect(entries[20]).toMatchObject({ reason: "admin: refused, and too many more to record" });
    expect((await ask("/admin/events")).status).toBe(200);
    setTime(1_000);
    await ask("/admin/events", "GET", "guessed");
    expect(entries[21]).toMatchObject({ event: "refused", reason: "admin: refused" });
  });
});
