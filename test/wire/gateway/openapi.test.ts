import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { send, type Answer } from "../../support/http.ts";
import { bringToken, LARGE, startChallenge, transferBy } from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE } from "../../support/users.ts";
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

/** The methods and paths that the code serves. */
const served = [
  ...readFileSync("workers/gateway/own.ts", "utf8").matchAll(
    /\.(get|post|delete|put|patch)\(\s*"(\/\.sallyport\/[^"]*)"/g,
  ),
].map(([, method, path = ""]) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);

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
    expect(served.length).toBeGreaterThan(15);
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
