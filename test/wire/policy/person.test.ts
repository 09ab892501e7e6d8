import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  arrivals,
  passChallenge,
  postTransfer,
  signIn,
  signInPerson,
  type Person,
} from "../../support/person.ts";
import { ALICE } from "../../support/users.ts";
import { recorded, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

let world: WatchedWorld;
let person: Person;

beforeAll(async () => {
  world = await startWatchedWorld();
  person = await signInPerson(world, ALICE);
});
afterAll(() => world.close());

const POLL_MS = 100;

/** Pushes a document, perhaps in shadow, and waits until the gateway says that it is in force. */
async function push(document: object): Promise<void> {
  const text = JSON.stringify({ version: 1, default: { require: "sign-in" }, ...document });
  const health = async () => (await fetch(`${world.gatewayUrl}/.sallyport/health`)).text();
  const before = await health();
  await fetch(`${world.policiesUrl}/policy`, { method: "PUT", body: text });
  while ((await health()) === before) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const transfer = {
  id: "transfer",
  match: {
    methods: ["POST"],
    path: "/transfer",
    contentTypes: ["application/x-www-form-urlencoded"],
    headers: { Origin: "*" },
  },
  require: "step-up",
  signIn: { maxAge: "1h" },
  action: "transfer",
  attributes: {
    amount: { from: "form", name: "amount", type: "number", required: true },
    payee: { from: "form", name: "payee", type: "string", required: true },
  },
};

describe("a person", () => {
  it("comes back from a challenge to a route that conditions chose, and the request is sent once", async () => {
    await push({ routes: [transfer] });
    const approval = await postTransfer(person, { payee: "Marina", amount: "1500", reference: "" });
    const confirmed = await passChallenge(person, approval);
    const done = await person.browser.submit(confirmed, "/transfer");
    expect([done.status, arrivals(world, "POST", "/transfer").length]).toEqual([200, 1]);
  });

  it("comes back to a policy that asks for another group meanwhile, and nothing is sent", async () => {
    await push({ routes: [transfer], reactions: [] });
    const approval = await postTransfer(person, { payee: "Marina", amount: "1600", reference: "" });
    const confirmed = await passChallenge(person, approval);
    await push({ routes: [{ ...transfer, signIn: { groups: ["payers"] } }] });
    const sent = arrivals(world, "POST", "/transfer").length;
    const refused = await person.browser.submit(confirmed, "/transfer");
    expect([refused.status, refused.words.includes("not_permitted")]).toEqual([403, true]);
    expect(arrivals(world, "POST", "/transfer").length).toBe(sent);
  });

  it("is sent to a fresh sign-in when the sign-in is too old, and back to the page", async () => {
    await push({
      routes: [{ id: "recent", match: { path: "/transfer" }, require: "sign-in", signIn: { maxAge: "4s" } }],
    });
    let page = await person.browser.open(`${world.gatewayUrl}/transfer`);
    while (page.url.pathname !== "/login") {
      page = await person.browser.open(`${world.gatewayUrl}/transfer`); // until the sign-in is old enough
    }
    expect(page.hops.some((hop) => hop.searchParams.get("prompt") === "login")).toBe(true);
    const back = await signIn(world, person.browser, ALICE, page);
    expect([back.status, back.url.pathname]).toEqual([200, "/transfer"]);
  });
});

it("a second policy beside the one in force is judged and recorded, and never enforced", async () => {
  const beside = { version: 1, default: { require: "deny" }, routes: [] };
  await fetch(`${world.policiesUrl}/policy-shadow`, { method: "PUT", body: JSON.stringify(beside) });
  await push({ routes: [] });
  const found = () => recorded(world, "shadow").find(({ would }) => would === "deny");
  while (found() === undefined) {
    expect((await person.browser.open(`${world.gatewayUrl}/`)).status).toBe(200);
  }
  expect(found()).toMatchObject({ route: "default", enforced: "sign-in", would: "deny" });
  expect(world.leaks()).toEqual([]);
});
