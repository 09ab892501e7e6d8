import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EVENT_COMMANDS } from "../../../src/cli/events.ts";

const URL_OF_WORKER = "https://hooks.example";
const asked: string[] = [];

/** A webhook Worker that answers by method and path; 404 to what it does not know. */
function answering(answers: Readonly<Record<string, object>>): void {
  vi.stubGlobal("fetch", async (url: URL, { method }: { readonly method: string }) => {
    const what = `${method} ${url.pathname}${url.search}`;
    asked.push(what);
    const answer = answers[what];
    return answer === undefined
      ? Response.json({ code: "not_found", title: "There is nothing here" }, { status: 404 })
      : Response.json(answer);
  });
}

function letterNamed(id: string) {
  return { id, type: "authenticator.deleted", buriedAtMs: 0, reasons: [] };
}

beforeEach(() => {
  vi.stubEnv("SALLYPORT_ADMIN_KEY", "a-key");
});
afterEach(() => {
  asked.length = 0;
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

describe.each(["show", "replay", "drop"] as const)("sallyport events %s", (name) => {
  const run = () => EVENT_COMMANDS[name].run(["one", "--url", URL_OF_WORKER]);

  it("says that there is no such letter where there is none", async () => {
    answering({ "GET /admin/events": { letters: [], unknownTypes: [] } });
    expect(await run()).toEqual({
      code: 1,
      text: "There is no dead letter one.",
      json: { found: false },
    });
  });

  it("says that there is no admin endpoint where there is none, and nothing of letters", async () => {
    answering({});
    await expect(run()).rejects.toThrow("there is no admin endpoint");
  });
});

describe("sallyport events list", () => {
  it("goes from page to page as each says, to the last", async () => {
    answering({
      "GET /admin/events": { letters: [letterNamed("one")], unknownTypes: [], next: "7" },
      "GET /admin/events?after=7": { letters: [letterNamed("two")], unknownTypes: [], next: "9" },
      "GET /admin/events?after=9": { letters: [], unknownTypes: [] },
    });
    const { json } = await EVENT_COMMANDS.list.run(["--url", URL_OF_WORKER]);
    expect(json).toMatchObject({ letters: [{ id: "one" }, { id: "two" }] });
    expect(asked).toHaveLength(3);
  });

  it("says that there is no admin endpoint where there is none", async () => {
    answering({});
    await expect(EVENT_COMMANDS.list.run(["--url", URL_OF_WORKER])).rejects.toThrow(
      "there is no admin endpoint",
    );
  });
});
