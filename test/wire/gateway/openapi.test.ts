import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send, type Answer } from "../../support/http.ts";
import { bringToken, LARGE, startChallenge, transferBy } from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB } from "../../support/users.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

interface Operation {
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: object }> }>>;
}
const document = JSON.parse(readFileSync("docs/openapi.json", "utf8")) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}; // what the test is about

/** The methods and paths of the document. */
const described = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item)
    .filter((key) => key !== "parameters")
    .map((method) => `${method} ${path}`),
);

/** The paths that the code names by a constant, by its name. */
const named = new Map(
  [
    "workers/gateway/sessions-page.ts",
    "workers/gateway/authenticators.ts",
    "workers/gateway/contacts.ts",
  ].flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/^export const (\w+_PATH) = "([^"]+)";$/gm)].map(
      ([, name = "", path = ""]) => [name, path] as const,
    ),
  ),
);

/** What is answered at once, what the router serves, and what stands behind a step-up of the policy, which takes a POST. */
const served = [
  ...[...readFileSync("workers/gateway/status.ts", "utf8").matchAll(/^ {4}case "([^"]+)":$/gm)].map(
    ([, path = ""]) => `get ${path}`,
  ),
  ...[
    ...readFileSync("workers/gateway/own.ts", "utf8").matchAll(
      /^ {2}\.(get|post|delete|put|patch|all|on)\(\s*["`]?([^"`,]+)["`]?,/gm,
    ),
  ].map(([, method, path = ""]) => `${method} ${spelledOut(path)}`),
  ...[...readFileSync("workers/gateway/behind-step-up.ts", "utf8").matchAll(/^ {2}\[(\w+_PATH), /gm)].map(
    ([, name = ""]) => `post ${spelledOut(name)}`,
  ),
];

/** A path of the code as the document writes it. */
function spelledOut(path: string): string {
  return path
    .replace(/^(?:\$\{)?(\w+_PATH)\}?/, (whole, name: string) => named.get(name) ?? whole)
    .replaceAll(/:(\w+)/g, "{$1}");
}

let world: WatchedWorld;
let alice: string;
beforeAll(async () => {
  world = await startWatchedWorld();
  alice = await signInByPassword(world, ALICE);
});
afterAll(() => world.close());

/** Fails unless an answer is one that the document describes, down to the names of its members. */
function expectDescribed(method: string, path: string, answer: Answer): void {
  const content = document.paths[path]?.[method]?.responses[String(answer.status)]?.content;
  expect(content, `${method} ${path} ${answer.status}`).toBeDefined();
  const schema = content?.[answer.headers.get("content-type") ?? ""]?.schema;
  expect(schema, `${method} ${path} ${answer.headers.get("content-type")}`).toBeDefined();
  expectShape(schema ?? {}, JSON.parse(answer.text));
}

function expectShape(schema: object, value: unknown): void {
  const whole = { ...schema, $defs: document.components.schemas };
  const closed = JSON.stringify(whole)
    .replaceAll("#/components/schemas/", "#/$defs/")
    .replaceAll('"type":"object"', '"type":"object","additionalProperties":false');
  const parsed = z
    .fromJSONSchema(JSON.parse(closed) as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(value);
  expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
}

describe("docs/openapi.json", () => {
  it("has each route of the code, and no other", () => {
    expect(served.length).toBeGreaterThan(25);
    expect(described.toSorted()).toEqual(served.toSorted());
  });

  it("says what a program is answered", async () => {
    const refused = await transferBy(world, alice, LARGE);
    expectShape({ $ref: "#/components/schemas/Problem" }, JSON.parse(refused.text));
    const one = "/.sallyport/challenges/{id}";
    const challenge = await startChallenge(world, alice);
    const ask = (method = "GET") => send(challenge.complete, { method, headers: bearer(alice) });
    expectDescribed("get", one, await ask());
    expectDescribed("post", one, await bringToken(challenge, alice, "made-up"));
    expectDescribed("post", one, await bringToken(challenge, alice, challenge.token));
    expectDescribed("post", one, await bringToken(challenge, alice, ""));
    const { token } = await completeInUi(world, challenge.url, ALICE);
    expectDescribed("post", one, await bringToken(challenge, alice, token));
    expectDescribed("get", one, await ask());
    expectDescribed("delete", one, await ask("DELETE"));
    expectDescribed(
      "get",
      one,
      await send(`${world.gatewayUrl}/.sallyport/challenges/x`, { headers: bearer(alice) }),
    );
    expectDescribed("get", one, await send(challenge.complete));
  });

  it.each(["health", "jwks.json", "session"])("says what %s answers", async (name) => {
    const path = `/.sallyport/${name}`;
    const answer = await send(world.gatewayUrl + path, { headers: bearer(alice) });
    expect(answer.status).toBe(200);
    const text =
      name === "jwks.json" ? answer.text.replaceAll(/"(?:crv|x|y|use)":"[^"]*",?/g, "") : answer.text;
    expectDescribed("get", path, { ...answer, text: text.replaceAll(",}", "}") });
  });

  it.each(["style.css", "continue.js", "back.js", "client.js"])("has the type of %s", async (name) => {
    const path = `/.sallyport/${name}`;
    const answer = await send(world.gatewayUrl + path);
    const content = document.paths[path]?.["get"]?.responses["200"]?.content ?? {};
    expect(answer.headers.get("content-type")).toBe(`${Object.keys(content)[0]}; charset=utf-8`);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=3600");
  });
});

describe("docs/openapi.json, of sessions,", () => {
  const LIST = "/.sallyport/sessions";
  const ONE = `${LIST}/{id}`;
  const USER = "/.sallyport/admin/users/{user}";
  const ask = (path: string, headers: Readonly<Record<string, string>>, method = "GET") =>
    send(world.gatewayUrl + path, { method, headers });

  it("says what a user is answered", async () => {
    expectDescribed("get", LIST, await ask(LIST, bearer(alice)));
    expectDescribed("get", LIST, await ask(LIST, {}));
    const end = (path: string, headers: Readonly<Record<string, string>>) => ask(path, headers, "DELETE");
    expectDescribed("delete", ONE, await end(`${LIST}/others`, bearer(alice)));
    expectDescribed("delete", ONE, await end(`${LIST}/made-up`, bearer(alice)));
    expectDescribed("delete", ONE, await end(`${LIST}/others`, {}));
    expectDescribed(
      "delete",
      ONE,
      await end(`${LIST}/others`, { ...bearer(alice), "Sec-Fetch-Site": "cross-site" }),
    );
  });

  it("says what an administrator is answered, and who is none", async () => {
    const key = bearer(world.adminKey);
    const bobs = `/.sallyport/admin/users/${BOB.sub}`;
    const token = await signInByPassword(world, BOB);
    await ask("/.sallyport/sessions", bearer(token)); // seen, so that there is one to list
    const listed = await ask(`${bobs}/sessions`, key);
    expect(JSON.parse(listed.text)).toMatchObject({ sessions: [{ carrier: "bearer" }] });
    expectDescribed("get", `${USER}/sessions`, listed);
    expectDescribed("get", `${USER}/sessions`, await ask(`${bobs}/sessions`, {}));
    expectDescribed("get", `${USER}/sessions`, await ask("/.sallyport/admin/users/%20/sessions", key));
    const one = `${bobs}/sessions/${randomUUID()}`;
    expectDescribed("delete", `${USER}/sessions/{session}`, await ask(one, key, "DELETE"));
    const all = await ask(`${bobs}/sessions`, key, "DELETE");
    expectDescribed("delete", `${USER}/sessions`, all);
    const forgotten = await ask(bobs, key, "DELETE");
    expect(forgotten.status).toBe(200);
    expectDescribed("delete", USER, forgotten);
    expectDescribed("delete", USER, await ask(bobs, {}, "DELETE"));
  });

  it.each(["get", "post"])("says that nothing is behind a step-up that there is not: %s", async (method) => {
    const path = "/.sallyport/authenticators";
    expectDescribed(method, path, await ask(path, bearer(alice), method.toUpperCase()));
  });

  it("says that there is no sign-in of programs where managed login is", async () => {
    const path = "/.sallyport/sign-in/start";
    expectDescribed("post", path, await ask(path, {}, "POST"));
  });
});

describe("docs/openapi.json, of a program's sign-in,", () => {
  let own: WatchedWorld;
  beforeAll(async () => {
    own = await startWatchedWorld({ signIn: "passwordless" });
  });
  afterAll(() => own.close());

  it("says what each step answers", async () => {
    const [start, finish] = ["/.sallyport/sign-in/start", "/.sallyport/sign-in/finish"] as const;
    const post = (path: string, body: object) =>
      send(own.gatewayUrl + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    expectDescribed("post", start, await post(start, {}));
    const started = await post(start, { username: ALICE.username });
    expect(started.status).toBe(200);
    expectDescribed("post", start, started);
    // The document's own shape, which was just checked.
    const { state, challenge } = JSON.parse(started.text) as { state: string; challenge: { url: string } };
    const { token } = await completeInUi(own, challenge.url, ALICE);
    expectDescribed("post", finish, await post(finish, { state: "made-up", token }));
    const finished = await post(finish, { state, token });
    expect(finished.status).toBe(200);
    expectDescribed("post", finish, finished);
    expectDescribed("post", finish, await post(finish, { state, token }));
  });
});
