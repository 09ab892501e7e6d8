import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { completeInUi, leaveUi } from "../../support/authsignal-ui.ts";
import { arrivals } from "../../support/person.ts";
import { LARGE, SMALL } from "../../support/program.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE } from "../../support/users.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

type Complete = (challenge: { readonly url: string }) => Promise<string>;
type FetchWithStepUp = (url: string, init: RequestInit, complete: Complete) => Promise<Response>;

let world: WatchedWorld;
let fetchWithStepUp: FetchWithStepUp;
let sending: (order: object) => RequestInit;
beforeAll(async () => {
  world = await startWatchedWorld();
  const token = await signInByPassword(world, ALICE);
  sending = (order) => ({
    method: "POST",
    headers: { ...bearer(token), "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
  const page = readFileSync("docs/programs.md", "utf8");
  const [, code = ""] = /^```js program\n([^]*?)^```/m.exec(page) ?? [];
  const example = (await import(
    `data:text/javascript,${encodeURIComponent(`${code}\nexport { fetchWithStepUp };`)}`
  )) as { fetchWithStepUp: FetchWithStepUp }; // the example declares it
  ({ fetchWithStepUp } = example);
});
afterAll(() => world.close());

it("docs/programs.md: a program passes a challenge and repeats its request", async () => {
  const complete: Complete = async ({ url }) => (await completeInUi(world, url, ALICE)).token;
  expect((await fetchWithStepUp(`${world.gatewayUrl}/transfer`, sending(SMALL), complete)).status).toBe(201);
  expect((await fetchWithStepUp(`${world.gatewayUrl}/transfer`, sending(LARGE), complete)).status).toBe(201);
  expect(arrivals(world, "POST", "/transfer")).toHaveLength(2);
});

it("docs/programs.md: a program whose person leaves the challenge is told so, and nothing is sent", async () => {
  const leave: Complete = async ({ url }) => (await leaveUi(world, url)).token;
  const before = arrivals(world, "POST", "/transfer").length;
  await expect(fetchWithStepUp(`${world.gatewayUrl}/transfer`, sending(LARGE), leave)).rejects.toThrow();
  expect(arrivals(world, "POST", "/transfer")).toHaveLength(before);
});
