import { describe, expect, test } from "vitest";
import { inspect } from "./inspection.ts";
import { person, seeHeading, signIn } from "./people.ts";
import { newVisitor, scene, useStage } from "./stage.ts";

useStage();

describe("where a user is signed in", () => {
  test("is shown, and another device is signed out from here, with and without scripts", async () => {
    const phone = await (
      await newVisitor({
        userAgent:
          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
      })
    ).newPage();
    await signIn(phone, person("bob"));
    for (const javaScriptEnabled of [true, false]) {
      const here = await (await newVisitor({ javaScriptEnabled })).newPage();
      await signIn(here, person("bob"));
      await here.goto(`${scene.appUrl}/.sallyport/sessions`);
      await seeHeading(here, "Where you are signed in");
      if (javaScriptEnabled) {
        await inspect(here, "sessions");
        await here
          .getByRole("button", { name: /^End: Safari on iPhone/ })
          .first()
          .click();
        await here.getByRole("status").getByText("The session was ended.").waitFor();
        await phone.goto(`${scene.appUrl}/`);
        expect(new URL(phone.url()).pathname).toBe("/login");
      } else {
        await here.getByRole("button", { name: "End all other sessions" }).click();
        await here.getByRole("status").getByText("All other sessions were ended.").waitFor();
        expect(await here.getByRole("button").count()).toBe(0);
        await here.goto(`${scene.appUrl}/`);
        expect(new URL(here.url()).pathname).toBe("/");
      }
    }
  });
});
