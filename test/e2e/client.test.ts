import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { send } from "../support/http.ts";
import { recorded } from "../support/watched-world.ts";
import { person } from "./people.ts";
import { EXAMPLES, useSinglePageApp } from "./single-page-app.ts";

const alice = person("alice");
const newt = person("newt");
const app = useSinglePageApp();

/** Passes the check that a page or window shows. */
async function passCheck(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send code" }).click();
  await page.getByLabel("Code").fill(await newestCode());
  await page.getByRole("button", { name: "Verify" }).click();
}

async function newestCode(to = alice.email): Promise<string> {
  const inbox = `${app.world.authsignal.url}/control/inbox?to=${encodeURIComponent(to)}`;
  const [newest] = JSON.parse((await send(inbox)).text) as { code: string }[]; // the stand-in's documented shape
  return newest?.code ?? "";
}

/** Has something done that opens a window, and gives the window. */
async function windowOf(page: Page, action: () => Promise<unknown>): Promise<Page> {
  const opened = page.waitForEvent("popup");
  await action();
  return opened;
}

const pay = (page: Page) => page.getByRole("button", { name: "Send £1,500" }).click();
const saysSo = (page: Page, text: string) => page.locator("#status").filter({ hasText: text }).waitFor();

/** What reaches the app while something is done. */
async function arriving(work: () => Promise<unknown>) {
  const before = app.posts().length;
  await work();
  return app.posts().slice(before);
}

const JSON_TRANSFER = `{
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ payee: "Marina", amount: 1500 }),
}`;

/** Starts a request with options and notes what becomes of it in \`outcome\`. */
function begin(page: Page, options = "{}", init = JSON_TRANSFER): Promise<unknown> {
  return page.evaluate(`
    globalThis.controller = new AbortController();
    globalThis.outcome = stepUp(${options})
      .fetch("/transfer", { ...${init}, signal: controller.signal })
      .then((answer) => answer.status, (error) => (error instanceof StepUpError ? error.code : error.name));
    undefined;
  `);
}
const outcomeOf = (page: Page) => page.evaluate("outcome");

/** What became of the challenges, as the gateway tells whoever asks. */
async function statesOf(page: Page): Promise<unknown[]> {
  const ids = recorded(app.world, "challenge").map(({ challenge }) => challenge);
  const last = JSON.stringify(ids.at(-1));
  return [
    await page.evaluate(
      `fetch("/.sallyport/challenges/" + ${last}).then((a) => a.json()).then((a) => a.state)`,
    ),
  ];
}

describe("the examples of docs/programs.md", () => {
  test("are there", () => {
    expect([...EXAMPLES.keys()]).toEqual(["popup", "blocked", "redirect", "own", "program"]);
  });

  test("popup: a window, and the same bytes once", async () => {
    const page = await app.open("popup", alice);
    const posts = await arriving(async () => {
      const popup = await windowOf(page, () => pay(page));
      await passCheck(popup);
      await saysSo(page, "Sent");
      expect(popup.isClosed()).toBe(true);
    });
    expect(posts.map(({ url, body }) => [url, body()])).toEqual([
      ["/transfer", '{"payee":"Marina","amount":1500}'],
    ]);
    expect(posts[0]?.headers).toMatchObject({
      "content-type": "application/json",
      "idempotency-key": expect.any(String),
    });
  });

  test("popup: closed by the person is cancelled, and nothing is sent", async () => {
    const page = await app.open("popup", alice);
    const posts = await arriving(async () => {
      const popup = await windowOf(page, () => pay(page));
      await popup.getByRole("button", { name: "Cancel" }).waitFor(); // to close one that still loads may never end
      await popup.close();
      await saysSo(page, "Not sent: cancelled");
    });
    expect(posts).toEqual([]);
    await expect.poll(() => statesOf(page)).toEqual(["cancelled"]);
  });

  test("popup: Cancel in the window is cancelled, and it can be tried again", async () => {
    const page = await app.open("popup", alice);
    const popup = await windowOf(page, () => pay(page));
    await popup.getByRole("button", { name: "Cancel" }).click();
    await saysSo(page, "Not sent: cancelled");
    await expect.poll(() => statesOf(page)).toEqual(["cancelled"]);
    await passCheck(await windowOf(page, () => pay(page)));
    await saysSo(page, "Sent");
  });

  test("blocked: without a window a button appears that opens it", async () => {
    const page = await app.open("blocked", alice);
    await page.evaluate("globalThis.really = window.open; window.open = () => null;");
    await pay(page);
    const confirm = page.getByRole("button", { name: "Confirm £1,500.00 to Marina" });
    await confirm.waitFor();
    await page.evaluate("window.open = really;");
    await passCheck(await windowOf(page, () => confirm.click()));
    await saysSo(page, "Sent");
  });

  test("redirect: leaves the page, comes back to where it was, and sends the same multipart bytes", async () => {
    const page = await app.open("redirect", alice);
    const posts = await arriving(async () => {
      await pay(page);
      await page.waitForURL(`${app.world.authsignal.publicUrl}/**`);
      await passCheck(page);
      await saysSo(page, "Sent");
    });
    expect(page.url()).toBe(`${app.world.appUrl}/?redirect#here`);
    expect(posts.map(({ url }) => url)).toEqual(["/payments"]);
    expect(posts[0]?.body()).toMatch(/name="payee"\r\n\r\nMarina\r\n[^]*name="amount"\r\n\r\n1500\r\n/);
    await page.reload();
    await page.locator("body[data-ready]").waitFor();
    expect(await page.locator("#status").textContent()).toBe("");
  });

  test("redirect: Cancel there comes back as cancelled", async () => {
    const page = await app.open("redirect", alice);
    const posts = await arriving(async () => {
      await pay(page);
      await page.waitForURL(`${app.world.authsignal.publicUrl}/**`);
      await page.getByRole("button", { name: "Cancel" }).click();
      await saysSo(page, "Not sent: cancelled");
    });
    expect([posts, page.url()]).toEqual([[], `${app.world.appUrl}/?redirect#here`]);
  });

  test("redirect: going back by the browser is cancelled too", async () => {
    const page = await app.open("redirect", alice);
    await pay(page);
    await page.waitForURL(`${app.world.authsignal.publicUrl}/**`);
    await page.goBack();
    await saysSo(page, "Not sent: cancelled");
  });

  test("own: the app's own dialog with Authsignal's SDK", async () => {
    const page = await app.open("own", alice);
    const posts = await arriving(async () => {
      await pay(page);
      await page.getByRole("dialog").waitFor();
      await page.getByLabel("Code").fill(await newestCode());
      await page.getByRole("button", { name: "Verify it" }).click();
      await saysSo(page, "Sent");
    });
    expect(posts).toHaveLength(1);
  });
});

describe("the browser helper", () => {
  test("says that the window was blocked, and gives the challenge up", async () => {
    const page = await app.open("bare", alice);
    await page.evaluate("window.open = () => null;");
    await begin(page);
    expect(await outcomeOf(page)).toBe("popup_blocked");
    await expect.poll(() => statesOf(page)).toEqual(["cancelled"]);
  });

  test("closes the window when the request is aborted", async () => {
    const page = await app.open("bare", alice);
    const popup = await windowOf(page, () => begin(page));
    await popup.getByRole("button", { name: "Send code" }).waitFor();
    await page.evaluate("controller.abort();");
    expect(await outcomeOf(page)).toBe("AbortError");
    await expect.poll(() => popup.isClosed()).toBe(true);
    await expect.poll(() => statesOf(page)).toEqual(["cancelled"]);
  });

  test("closes the window when the challenge has expired", async () => {
    const page = await app.open("bare", alice);
    const soon = `{
      async fetch(...request) {
        const answer = await fetch(...request);
        const text = (await answer.clone().text()).replace('"expiresIn":600', '"expiresIn":1');
        return Object.defineProperty(new Response(text, answer), "url", { value: answer.url });
      },
    }`;
    const popup = await windowOf(page, () => begin(page, soon));
    expect(await outcomeOf(page)).toBe("expired");
    await expect.poll(() => popup.isClosed()).toBe(true);
  });

  test("hears from Authsignal that its token has expired", async () => {
    const page = await app.open("bare", alice);
    const shift = (shiftMs: number) =>
      send(`${app.world.authsignal.url}/control/clock`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ shiftMs }),
      });
    const popup = await windowOf(page, () => begin(page));
    await popup.getByRole("button", { name: "Send code" }).waitFor();
    expect((await shift(11 * 60_000)).status).toBeLessThan(300);
    await popup.reload();
    expect(await outcomeOf(page)).toBe("expired");
    await shift(0);
  });

  test("believes no window but its own", async () => {
    const page = await app.open("bare", alice);
    const popup = await windowOf(page, () => begin(page));
    await popup.getByRole("button", { name: "Send code" }).waitFor();
    await page.evaluate(
      `postMessage(JSON.stringify({ event: "AUTHSIGNAL_CLOSE_POPUP", token: "x.y.z" }), "*");`,
    );
    await passCheck(popup);
    expect(await outcomeOf(page)).toBe(200);
  });

  test("has a person without an authenticator enrol first, and asks then", async () => {
    const page = await app.open("bare", newt);
    const posts = await arriving(async () => {
      const enrolling = await windowOf(page, () => begin(page));
      const asked = page.waitForEvent("popup");
      await enrolling.getByRole("link", { name: /e-mail/i }).click();
      await enrolling.getByLabel(/e-mail/i).fill(newt.email);
      await enrolling.getByRole("button", { name: "Send code" }).click();
      await enrolling.getByLabel("Code").fill(await newestCode(newt.email));
      await enrolling.getByRole("button", { name: "Verify" }).click();
      const check = await asked;
      await check.getByRole("button", { name: "Send code" }).click();
      await check.getByLabel("Code").fill(await newestCode(newt.email));
      await check.getByRole("button", { name: "Verify" }).click();
      expect(await outcomeOf(page)).toBe(200);
    });
    expect(posts).toHaveLength(1);
  });

  test("shows the checks of bound requests one after the other", async () => {
    const page = await app.open("bare", alice);
    const posts = await arriving(async () => {
      const first = await windowOf(page, () =>
        page.evaluate(`
          const { fetch } = stepUp();
          globalThis.outcome = Promise.all(
            [1500, 1600].map((amount) => fetch("/transfer", { ...${JSON_TRANSFER}, body: JSON.stringify({ amount }) })),
          ).then((answers) => answers.map(({ status }) => status));
          undefined;
        `),
      );
      const second = page.waitForEvent("popup");
      await passCheck(first);
      await passCheck(await second);
      expect(await outcomeOf(page)).toEqual([200, 200]);
    });
    expect(posts.map(({ body }) => body()).toSorted()).toEqual(['{"amount":1500}', '{"amount":1600}']);
  });

  test("shares one check between the requests of a route whose check is good for a while", async () => {
    await send(`${app.world.authsignal.url}/control/actions/settings`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP"] }),
    });
    const page = await app.open("bare", alice);
    const posts = await arriving(async () => {
      const popup = await windowOf(page, () =>
        page.evaluate(`
          globalThis.client = stepUp();
          globalThis.outcome = Promise.all(
            ["a", "b", "c"].map((body) => client.fetch("/settings", { method: "POST", body })),
          ).then((answers) => answers.map(({ status }) => status));
          undefined;
        `),
      );
      await passCheck(popup);
      expect(await outcomeOf(page)).toEqual([200, 200, 200]);
      expect(page.context().pages()).toHaveLength(1);
      const more = 'client.fetch("/settings", { method: "POST", body: "d" }).then((answer) => answer.status)';
      expect(await page.evaluate(more)).toBe(200);
    });
    expect(posts.map(({ body }) => body()).toSorted()).toEqual(["a", "b", "c", "d"]);
  });

  test("keeps no request that carries a token while the page is away", async () => {
    const page = await app.open("bare", alice);
    const init = `{ ...${JSON_TRANSFER}, headers: { "Content-Type": "application/json", Authorization: "" } }`;
    await begin(page, '{ open: "redirect" }', init);
    expect(await outcomeOf(page)).toBe("not_repeatable");
    expect(await page.evaluate("sessionStorage.length")).toBe(0);
  });
});
