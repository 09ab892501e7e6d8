import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newStage, policyWith, type Person, type Stage } from "./stage.ts";

let stage: Stage;
let ada: Person;
afterEach(() => vi.restoreAllMocks());
beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  stage = await newStage();
  stage.usePolicy(policyWith({ match: { methods: ["GET"], path: "/records" }, attributes: {}, summary: [] }));
  ada = await stage.newPerson();
});

it.each(["same-site", "cross-site"])(
  "a script of a %s page is told so, not given a page to click on",
  async (site) => {
    const answer = await ada.call("/records", { headers: { "Sec-Fetch-Site": site } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: "cross_site" });
    expect(stage.asked).toEqual([]);
  },
);

it("a script of the app's own page is challenged", async () => {
  expect((await ada.call("/records")).status).toBe(401);
  expect(stage.asked).toHaveLength(1);
});
